#include "storage/sqlite/set_aside.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/status_macros.h"

namespace isoshape {
namespace {

namespace fs = std::filesystem;

constexpr char kReplacedEnd[] = ".replaced-";
constexpr char kLogEnd[] = "-wal";

// The files beside the database whose names begin with its own and `end`, by
// name; not what SQLite has beside these.
std::vector<std::string> FilesBeside(const std::string& database,
                                     absl::string_view end) {
  const fs::path path(database);
  const std::string prefix = absl::StrCat(path.filename().string(), end);
  std::vector<std::string> found;
  std::error_code error;
  for (fs::directory_iterator file(path.parent_path(), error), last;
       !error && file != last; file.increment(error)) {
    const std::string name = file->path().filename();
    const bool is_part = absl::EndsWith(name, kLogEnd) ||
                         absl::EndsWith(name, "-shm") ||
                         absl::EndsWith(name, "-journal");
    if (absl::StartsWith(name, prefix) && !is_part) {
      found.push_back(file->path());
    }
  }
  std::sort(found.begin(), found.end());
  return found;
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

absl::Status Rename(const std::string& from, const std::string& to) {
  if (std::rename(from.c_str(), to.c_str()) == 0) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat("cannot rename ", from, " to ", to, ": ", strerror(errno)));
}

absl::Status LinkOrRename(const std::string& from, const std::string& to) {
  if (link(from.c_str(), to.c_str()) == 0) return absl::OkStatus();
  // EPERM: of a file system without them, such as FAT.
  if (errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS) {
    return Rename(from, to);
  }
  return absl::UnavailableError(
      absl::StrCat("cannot link ", from, " as ", to, ": ", strerror(errno)));
}

// The name beside its own under which the database was set aside; empty if
// there is none.
std::string SecondName(const std::string& database) {
  for (const std::string& file : FilesBeside(database, kReplacedEnd)) {
    if (IsSameFile(file, database)) return file;
  }
  return "";
}

}  // namespace

absl::StatusOr<std::string> SetAside(const std::string& database) {
  std::string aside = absl::StrCat(
      database, kReplacedEnd,
      absl::FormatTime("%Y%m%dT%H%M%E3SZ", absl::Now(), absl::UTCTimeZone()));
  if (Exists(database)) ISOSHAPE_RETURN_IF_ERROR(LinkOrRename(database, aside));
  if (const std::string log = database + kLogEnd; Exists(log)) {
    ISOSHAPE_RETURN_IF_ERROR(Rename(log, aside + kLogEnd));
  }
  unlink((database + "-shm").c_str());
  return aside;
}

bool IsHalfSetAside(const std::string& database) {
  return !SecondName(database).empty();
}

absl::Status TakeBackSetAside(const std::string& database) {
  const std::string aside = SecondName(database);
  if (aside.empty()) return absl::OkStatus();
  // The log first: without it the database is not what it was.
  const std::string log = database + kLogEnd;
  if (Exists(aside + kLogEnd) && !Exists(log)) {
    ISOSHAPE_RETURN_IF_ERROR(Rename(aside + kLogEnd, log));
  }
  if (unlink(aside.c_str()) == 0) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat("cannot remove ", aside, ": ", strerror(errno)));
}

absl::Status CheckNotLostInRestore(const std::string& database) {
  const std::vector<std::string> replaced = FilesBeside(database, kReplacedEnd);
  if (!replaced.empty()) {
    const std::string& newest = replaced.back();
    const bool has_log = Exists(newest + kLogEnd);
    return absl::FailedPreconditionError(absl::StrCat(
        "there is no database ", database, ", but ", newest,
        ", which a restore set aside: restore a backup again, or put that "
        "back (mv ",
        newest, " ", database,
        has_log ? absl::StrCat("; mv ", newest, kLogEnd, " ", database, kLogEnd)
                : "",
        "); to begin an empty database, move it elsewhere"));
  }
  const std::vector<std::string> partial = FilesBeside(database, kPartialEnd);
  if (partial.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "there is no database ", database, ", but ", partial.back(),
      ", of a backup or restore that is under way or was killed: wait for it, "
      "or make it again; to begin an empty database, remove that file"));
}

}  // namespace isoshape
