// Calls of the kernel by which our own code changes the names of files and
// syncs them, past SQLite: as the linker gives these to all that this program
// is made of (--wrap), they are those of the simulated disk while there is one.
// The libraries that are shared, SQLite's among them, have the kernel's.
#include <sqlite3.h>

#include <cerrno>
#include <filesystem>
#include <initializer_list>
#include <string>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/coordinator/simulation/simulated_disk.h"

namespace isoshape {
namespace {

// Does `call` on files, or as if the disk failed it; `note` if it succeeds.
template <typename Call, typename Note>
int Do(std::initializer_list<const char*> paths, Call call, Note note) {
  SimulatedDisk* const disk = SimulatedDisk::Now();
  const char* const path = *paths.begin();
  // The index of a log is memory.
  if (disk == nullptr || absl::EndsWith(path, "-shm")) return call();
  absl::MutexLock lock(disk->mutex());
  if (const int code = disk->Allow(path); code != SQLITE_OK) {
    errno = code == SQLITE_FULL ? ENOSPC : EIO;
    return -1;
  }
  for (const char* each : paths) disk->Learn(each);
  const int result = call();
  if (result == 0) note(*disk->names());
  return result;
}

}  // namespace
}  // namespace isoshape

// NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp,
// readability-identifier-naming): the linker's.
extern "C" {

int __real_link(const char* from, const char* to);
int __real_unlink(const char* path);
int __real_renameat2(int from_folder, const char* from, int to_folder,
                     const char* to, unsigned flags);
int __real_fsync(int descriptor);

int __wrap_link(const char* from, const char* to) {
  isoshape::SimulatedDisk* const disk = isoshape::SimulatedDisk::Now();
  return isoshape::Do(
      {from},
      [&] {
        if (disk != nullptr) {
          disk->mutex()->AssertHeld();
          if (!disk->has_links()) {
            errno = EPERM;
            return -1;
          }
        }
        return __real_link(from, to);
      },
      [&](isoshape::SimulatedNames& names) { names.Link(from, to); });
}

int __wrap_unlink(const char* path) {
  return isoshape::Do(
      {path}, [&] { return __real_unlink(path); },
      [&](isoshape::SimulatedNames& names) { names.Remove(path); });
}

int __wrap_renameat2(int from_folder, const char* from, int to_folder,
                     const char* to, unsigned flags) {
  return isoshape::Do(
      {from, to},
      [&] { return __real_renameat2(from_folder, from, to_folder, to, flags); },
      [&](isoshape::SimulatedNames& names) { names.Rename(from, to); });
}

int __wrap_fsync(int descriptor) {
  isoshape::SimulatedDisk* const disk = isoshape::SimulatedDisk::Now();
  std::error_code error;
  const std::string path = std::filesystem::read_symlink(
      absl::StrCat("/proc/self/fd/", descriptor), error);
  if (disk == nullptr || error) return __real_fsync(descriptor);
  absl::MutexLock lock(disk->mutex());
  disk->AwaitSync(path);
  if (disk->Allow(path) == SQLITE_OK &&
      (std::filesystem::is_directory(path, error) ? disk->NoteFolderSync(path)
                                                  : disk->NoteSync(path))) {
    return 0;
  }
  errno = disk->sync_error();
  return -1;
}

}  // extern "C"
// NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp,
// readability-identifier-naming)
