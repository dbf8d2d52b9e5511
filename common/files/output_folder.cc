#include "common/files/output_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "common/text/one_line.h"

namespace isoshape {
namespace {

absl::Status CannotUse(absl::string_view flag, const std::string& path,
                       absl::string_view reason) {
  return absl::PermissionDeniedError(absl::StrCat(
      flag, " ", OneLine(path), ": the folder cannot be made or written: ",
      reason, "; name another folder"));
}

}  // namespace

absl::Status CheckOutputFolder(absl::string_view flag,
                               const std::string& path) {
  std::error_code error;
  // What is to be made is made in the nearest folder that there is.
  std::filesystem::path there =
      std::filesystem::absolute(path, error).lexically_normal();
  struct stat found = {};
  while (stat(there.c_str(), &found) != 0 && errno == ENOENT &&
         there.has_relative_path()) {
    there = there.parent_path();
  }
  // As the user that the kernel asks for when files are made there.
  const auto may_be_written = [&there] {
    return faccessat(AT_FDCWD, there.c_str(), W_OK | X_OK, AT_EACCESS) == 0;
  };
  const int reason = stat(there.c_str(), &found) != 0 ? errno
                     : !S_ISDIR(found.st_mode)        ? ENOTDIR
                     : !may_be_written()              ? errno
                                                      : 0;
  if (reason == 0) return absl::OkStatus();
  return CannotUse(flag, path, std::strerror(reason));
}

absl::Status MakeOutputFolder(absl::string_view flag, const std::string& path) {
  absl::Status status = CheckOutputFolder(flag, path);
  std::error_code error;
  if (status.ok()) std::filesystem::create_directories(path, error);
  if (error) return CannotUse(flag, path, error.message());
  return status;
}

}  // namespace isoshape
