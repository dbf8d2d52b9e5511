#include "storage/sqlite/clean_stop.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>

#include "absl/strings/str_cat.h"
#include "common/files/retried.h"
#include "common/threads/clock.h"

namespace isoshape {
namespace {

// More than a tick of any kernel.
constexpr absl::Duration kTick = absl::Milliseconds(20);

std::string NoteOf(const std::string& database) {
  struct stat info = {};
  if (stat(database.c_str(), &info) != 0) return "";
  return absl::StrCat("isoshape closed ", info.st_dev, " ", info.st_ino, " ",
                      info.st_size, " ", info.st_mtim.tv_sec, " ",
                      info.st_mtim.tv_nsec, " ", info.st_ctim.tv_sec, " ",
                      info.st_ctim.tv_nsec, "\n");
}

}  // namespace

void NoteCleanStop(int lock_file, const std::string& database) {
  Clock::Real()->Sleep(kTick);
  const std::string note = NoteOf(database);
  if (Retried([&] { return ftruncate(lock_file, 0); }) != 0) return;
  // Half a note is none: TakeCleanStop compares all of it.
  [[maybe_unused]] const ssize_t written =
      Retried([&] { return pwrite(lock_file, note.data(), note.size(), 0); });
}

bool TakeCleanStop(int lock_file, const std::string& database) {
  std::array<char, 512> bytes = {};
  const ssize_t size =
      Retried([&] { return pread(lock_file, bytes.data(), bytes.size(), 0); });
  if (size <= 0) return false;
  const std::string now = NoteOf(database);
  return Retried([&] { return ftruncate(lock_file, 0); }) == 0 &&
         !now.empty() &&
         now == std::string(bytes.data(), static_cast<size_t>(size));
}

}  // namespace isoshape
