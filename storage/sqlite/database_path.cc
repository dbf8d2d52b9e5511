#include "storage/sqlite/database_path.h"

#include <algorithm>
#include <climits>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/text/one_line.h"

namespace isoshape {
namespace {

// What names of files beside it add at most, those of the journal of one that
// was set aside: `.replaced-20261129T080000.000Z-journal`.
constexpr size_t kBeside = 38;
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
  if (resolved.native().size() + kBeside >= kMaxPath) {
    return absl::InvalidArgumentError(absl::StrCat(
        what, " ", OneLine(path), ": its path has ", resolved.native().size(),
        " bytes, and SQLite takes ", kMaxPath - kBeside - 1,
        "; put it into a folder with a shorter path"));
  }
  return resolved;
}

}  // namespace isoshape
