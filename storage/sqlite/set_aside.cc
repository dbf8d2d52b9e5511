#include "storage/sqlite/set_aside.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <set>
#include <string>
#include <system_error>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/files/retried.h"
#include "common/status/status_macros.h"
#include "common/text/shell_word.h"
#include "storage/sqlite/database_file.h"

namespace isoshape {
namespace {

namespace fs = std::filesystem;

// The names beside the database that begin with its own and `end`, sorted. A
// name of which only a log is left is one too.
std::set<std::string> NamesBeside(const std::string& database,
                                  absl::string_view end) {
  const fs::path path(database);
  const std::string prefix = absl::StrCat(path.filename().string(), end);
  std::set<std::string> names;
  std::error_code error;
  for (fs::directory_iterator file(path.parent_path(), error), last;
       !error && file != last; file.increment(error)) {
    if (!absl::StartsWith(file->path().filename().string(), prefix)) continue;
    std::string name = file->path();
    if (absl::EndsWith(name, "-shm")) continue;
    for (const char* log_end : kLogEnds) {
      if (absl::EndsWith(name, log_end)) {
        name = IsNotEmpty(name) ? std::string(absl::StripSuffix(name, log_end))
                                : "";
      }
    }
    if (!name.empty()) names.insert(name);
  }
  return names;
}

bool Exists(const std::string& path) {
  struct stat info = {};
  return lstat(path.c_str(), &info) == 0;
}

bool IsSameFile(const std::string& a, const std::string& b) {
  struct stat first = {};
  struct stat second = {};
  return lstat(a.c_str(), &first) == 0 && lstat(b.c_str(), &second) == 0 &&
         first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

absl::Status LinkOrRename(const std::string& from, const std::string& to) {
  if (link(from.c_str(), to.c_str()) == 0) return absl::OkStatus();
  // EPERM: of a file system without them, such as FAT.
  if (errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS) {
    return RenameFile(from, to, /*replace=*/true);
  }
  return absl::UnavailableError(
      absl::StrCat("cannot link ", from, " as ", to, ": ", strerror(errno)));
}

bool IsEmptyFile(const std::string& path) {
  struct stat info = {};
  return lstat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) &&
         info.st_size == 0;
}

// Whether this is what a file system says that has no sync of folders, as some
// of networks and of user space.
bool HasNoSync(int error) {
  return error == EINVAL || error == ENOTSUP || error == ENOSYS ||
         error == EBADF;
}

std::string FolderOf(const std::string& path) {
  const fs::path folder = fs::path(path).parent_path();
  return folder.empty() ? "." : folder.string();
}

int OpenFolder(const std::string& path) {
  const std::string folder = FolderOf(path);
  return Retried(
      [&] { return open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
}

absl::Status FolderError(const std::string& path, bool opened, int error) {
  if (!opened && error == EACCES) {
    return absl::UnavailableError(absl::StrCat(
        "cannot read folder ", FolderOf(path), ": ", strerror(error),
        "; give isoshape permission to read and write it and to enter those "
        "above it, or name a file in another folder with --db"));
  }
  return absl::UnavailableError(absl::StrCat(
      "cannot write folder ", FolderOf(path), " to disk: ", strerror(error),
      "; try again, or name a file on a local disk with --db"));
}

// A database, or a log of it.
bool IsAnythingAt(const std::string& aside) {
  return Exists(aside) ||
         std::any_of(std::begin(kLogEnds), std::end(kLogEnds),
                     [&](const char* end) { return Exists(aside + end); });
}

// The name beside its own under which the database was set aside; empty if
// there is none.
std::string SecondName(const std::string& database) {
  for (const std::string& name : NamesBeside(database, kReplacedEnd)) {
    if (IsSameFile(name, database)) return name;
  }
  return "";
}

// Takes back what SetAside did when it returned `aside`. `moved`: an earlier
// call may have moved logs whose names are not on disk.
absl::Status TakeBack(const std::string& database, const std::string& aside,
                      bool moved) {
  if (aside.empty()) return absl::OkStatus();
  const bool linked = IsSameFile(aside, database);
  if (!linked && IsNotEmpty(database)) {
    return absl::FailedPreconditionError(
        absl::StrCat("another database is at ", database));
  }
  for (const char* end : kLogEnds) {
    if (!Exists(aside + end) || !IsNotEmpty(database + end)) continue;
    return absl::FailedPreconditionError(absl::StrCat(
        "a restore of ", database, " was cut short, and there are two logs: ",
        aside, end, ", of before, and ", database, end,
        ", written since; move the one that is not wanted elsewhere"));
  }
  // The logs first, and for good: without them the database is not what it was.
  for (const char* end : kLogEnds) {
    if (!Exists(aside + end)) continue;
    ISOSHAPE_RETURN_IF_ERROR(
        RenameFile(aside + end, database + end, /*replace=*/true));
    moved = true;
  }
  absl::Status synced = moved ? SyncFolder(database) : absl::OkStatus();
  if (linked) {
    // The second name is what finds the logs that may still have its name.
    ISOSHAPE_RETURN_IF_ERROR(synced);
    if (unlink(aside.c_str()) == 0) return absl::OkStatus();
    return absl::UnavailableError(
        absl::StrCat("cannot remove ", aside, ": ", strerror(errno)));
  }
  // Whether or not that can be brought to the disk now: at the other name
  // nobody finds it.
  if (!Exists(aside)) return synced;
  ISOSHAPE_RETURN_IF_ERROR(RenameFile(aside, database, /*replace=*/true));
  return synced.ok() ? SyncFolder(database) : synced;
}

}  // namespace

absl::Status RenameFile(const std::string& from, const std::string& to,
                        bool replace) {
  int result = renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(),
                         replace ? 0 : RENAME_NOREPLACE);
  if (result != 0 && !replace && (errno == EINVAL || errno == ENOSYS)) {
    // The file system does not know the flag.
    result = link(from.c_str(), to.c_str());
    if (result == 0) unlink(from.c_str());
  }
  if (result == 0) return absl::OkStatus();
  const std::string error =
      absl::StrCat("cannot rename ", from, " to ", to, ": ", strerror(errno));
  return errno == EEXIST ? absl::AlreadyExistsError(error)
                         : absl::UnavailableError(error);
}

absl::Status SyncFolder(const std::string& path) {
  const int file = OpenFolder(path);
  const bool opened = file >= 0;
  const bool synced =
      opened && (Retried([&] { return fsync(file); }) == 0 || HasNoSync(errno));
  const int error = errno;
  if (opened) close(file);
  return synced ? absl::OkStatus() : FolderError(path, opened, error);
}

absl::Status CheckFolderReadable(const std::string& path) {
  const int file = OpenFolder(path);
  if (file < 0 && errno == EACCES) return FolderError(path, false, errno);
  if (file >= 0) close(file);
  return absl::OkStatus();
}

absl::StatusOr<std::string> SetFileAside(const std::string& path) {
  constexpr int kMostNames = 1000;
  absl::Status renamed;
  for (int i = 1; i <= kMostNames; ++i) {
    std::string aside =
        absl::StrCat(path, kAside, i == 1 ? "" : absl::StrCat(".", i));
    renamed = RenameFile(path, aside, /*replace=*/false);
    if (renamed.ok()) {
      const absl::Status synced = SyncFolder(path);
      if (synced.ok()) return aside;
      return absl::Status(synced.code(),
                          absl::StrCat(synced.message(), "; what was at ", path,
                                       " is now at ", aside));
    }
    if (!absl::IsAlreadyExists(renamed)) return renamed;
  }
  return absl::UnavailableError(renamed.message());
}

absl::StatusOr<std::string> SetAside(const std::string& database) {
  const std::string aside = absl::StrCat(
      database, kReplacedEnd,
      absl::FormatTime("%Y%m%dT%H%M%E3SZ", absl::Now(), absl::UTCTimeZone()));
  bool moved = Exists(database) && !IsEmptyFile(database);
  if (moved) {
    ISOSHAPE_RETURN_IF_ERROR(LinkOrRename(database, aside));
    // Before the logs have other names, which would not be found without it.
    const absl::Status synced = SyncFolder(database);
    if (!synced.ok()) return AfterTakingBack(synced, database, aside);
  }
  for (const char* end : kLogEnds) {
    if (!IsNotEmpty(database + end)) continue;
    const absl::Status renamed =
        RenameFile(database + end, aside + end, /*replace=*/true);
    if (!renamed.ok()) return AfterTakingBack(renamed, database, aside);
    moved = true;
  }
  unlink((database + "-shm").c_str());
  return moved ? aside : "";
}

bool IsHalfSetAside(const std::string& database) {
  return !SecondName(database).empty();
}

absl::Status TakeBackSetAside(const std::string& database) {
  return TakeBack(database, SecondName(database), /*moved=*/true);
}

absl::Status AfterTakingBack(const absl::Status& failed,
                             const std::string& database,
                             const std::string& aside) {
  const absl::Status back = TakeBack(database, aside, /*moved=*/false);
  // All may be back and only not be on disk.
  if (back.ok() || !IsAnythingAt(aside)) return failed;
  return absl::Status(
      failed.code(),
      absl::StrCat(failed.message(), "; what was at ", database,
                   IsSameFile(aside, database) ? " is also at " : " is now at ",
                   aside,
                   ", as that could not be taken back: ", back.message()));
}

absl::Status CheckNotLost(const std::string& database) {
  const std::set<std::string> replaced = NamesBeside(database, kReplacedEnd);
  if (!replaced.empty()) {
    const std::string& newest = *replaced.rbegin();
    std::string first;
    std::vector<std::string> moves;
    for (const char* end : {"", kLogEnds[0], kLogEnds[1], kLogEnds[2]}) {
      if (!Exists(newest + end)) continue;
      if (first.empty()) first = newest + end;
      moves.push_back(absl::StrCat("mv ", ShellWord(newest + end), " ",
                                   ShellWord(database + end)));
    }
    return absl::FailedPreconditionError(absl::StrCat(
        "there is no database ", database, ", but ", first,
        first == newest ? "" : ", the log of one that was lost",
        ", which a restore set aside: restore a backup again, or put that "
        "back (",
        absl::StrJoin(moves, "; "),
        "); to begin an empty database, move it elsewhere"));
  }
  std::set<std::string> partial = NamesBeside(database, kPartialEnd);
  std::erase_if(partial, [](const auto& name) { return !Exists(name); });
  if (!partial.empty()) {
    return absl::FailedPreconditionError(absl::StrCat(
        "there is no database ", database, ", but ", *partial.rbegin(),
        ", of a backup or restore that is under way or was killed: wait for "
        "it, or make it again; to begin an empty database, remove that file"));
  }
  for (const char* end : kLogEnds) {
    const std::string log = absl::StrCat(database, end, kAside);
    if (!Exists(log)) continue;
    return absl::FailedPreconditionError(absl::StrCat(
        "there is no database ", database, ", but ", log,
        ", the log of one that another program wrote or cut off while it was "
        "in use: restore a backup; to begin an empty database, move that file "
        "elsewhere"));
  }
  return absl::OkStatus();
}

}  // namespace isoshape
