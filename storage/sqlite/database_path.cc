#include "storage/sqlite/database_path.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <climits>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/text/one_line.h"
#include "storage/sqlite/commit_log.h"

namespace isoshape {
namespace {

// What names of files beside it add at most, those of the journal of one that
// was set aside: `.replaced-20261129T080000.000Z-journal`.
constexpr size_t kBeside = 38;
// Of files beside a database.
constexpr const char* kEndsBeside[] = {"-wal", "-shm", "-journal", ".lock",
                                       kCommitLogEnd};
// What SQLite takes of a path (MAX_PATHNAME of its os_unix.c).
constexpr size_t kMaxPath = 512;

}  // namespace

absl::StatusOr<std::filesystem::path> DatabasePath(const std::string& path,
                                                   absl::string_view what,
                                                   absl::string_view how) {
  if (path.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the ", what, "'s path is empty; name a file", how));
  }
  if (std::any_of(path.begin(), path.end(), [](unsigned char letter) {
        return absl::ascii_iscntrl(letter);
      })) {
    return absl::InvalidArgumentError(absl::StrCat(
        what, " ", OneLine(path),
        ": the name has a line break or another control character, which no "
        "message can show; give it another name"));
  }
  std::error_code error;
  std::filesystem::path resolved =
      std::filesystem::weakly_canonical(std::filesystem::absolute(path), error);
  // Of what a link leads to: there the others lie.
  const size_t name = resolved.filename().native().size();
  if (error == std::errc::filename_too_long || name + kBeside > NAME_MAX) {
    return absl::InvalidArgumentError(absl::StrCat(
        what, " ", OneLine(error ? path : resolved.native()),
        ": a name in the path is too long; of the file it may have ",
        NAME_MAX - kBeside, " bytes, since files beside it have longer ones; ",
        "give it a shorter name"));
  }
  if (error) {
    return absl::UnavailableError(absl::StrCat("cannot find ", what, " ", path,
                                               ": ", error.message(),
                                               "; name another file", how));
  }
  if (std::filesystem::is_symlink(
          std::filesystem::symlink_status(resolved, error))) {
    return absl::FailedPreconditionError(absl::StrCat(
        resolved.string(), " is a symbolic link to ",
        std::filesystem::read_symlink(resolved, error).string(),
        ", which is not there; mount or make what it leads to, or remove the "
        "link"));
  }
  for (const char* end : kEndsBeside) {
    absl::string_view owner = resolved.native();
    if (!absl::ConsumeSuffix(&owner, end)) continue;
    // One that is there and takes nobody's name has been used so before.
    if (std::filesystem::exists(resolved, error) &&
        !std::filesystem::exists(std::string(owner), error)) {
      continue;
    }
    return absl::InvalidArgumentError(
        absl::StrCat(what, " ", resolved.native(),
                     " would be taken for a part of another database (", end,
                     "); give it another name"));
  }
  if (resolved.native().size() + kBeside >= kMaxPath) {
    return absl::InvalidArgumentError(absl::StrCat(
        what, " ", OneLine(path), ": its path has ", resolved.native().size(),
        " bytes, and SQLite takes ", kMaxPath - kBeside - 1,
        "; put it into a folder with a shorter path"));
  }
  return resolved;
}

absl::Status CheckNotMounted(const std::filesystem::path& database) {
  struct statx info = {};
  if (statx(AT_FDCWD, database.c_str(), AT_SYMLINK_NOFOLLOW, STATX_TYPE,
            &info) != 0 ||
      (info.stx_attributes & STATX_ATTR_MOUNT_ROOT) == 0) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(absl::StrCat(
      "database ", database.string(),
      " is mounted without the files beside it, which have what was committed "
      "last; mount its folder, and name it there with --db"));
}

absl::Status CheckNotMoved(const std::filesystem::path& database) {
  std::error_code error;
  for (std::filesystem::directory_iterator entry(database.parent_path(), error),
       end;
       !error && entry != end; entry.increment(error)) {
    const std::string log = entry->path().native();
    for (const absl::string_view kind : {"-wal", kCommitLogEnd}) {
      absl::string_view owner = log;
      std::error_code none;
      // A coordinator leaves its lock too, as no other program does.
      if (!absl::ConsumeSuffix(&owner, kind) || entry->file_size(none) == 0 ||
          none || std::filesystem::exists(std::string(owner), none) ||
          !std::filesystem::exists(absl::StrCat(owner, ".lock"), none)) {
        continue;
      }
      return absl::FailedPreconditionError(absl::StrCat(
          "database ", database.string(), " was not used by this name before, ",
          "and ", log, " lies here without its database: if that is this one, ",
          "give it the name ", std::string(owner),
          " again, or it lacks what was committed last; if not, move that log "
          "away, or remove ",
          std::string(owner), ".lock"));
    }
  }
  return absl::OkStatus();
}

}  // namespace isoshape
