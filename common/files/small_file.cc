#include "common/files/small_file.h"

#include <sys/stat.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "common/text/one_line.h"

namespace isoshape {

absl::Status CheckSmallFile(const std::string& path, int64_t most) {
  struct stat status = {};
  if (stat(path.c_str(), &status) != 0) {
    return absl::ErrnoToStatus(errno, Printable(path));
  }
  if (!S_ISREG(status.st_mode)) {
    return absl::InvalidArgumentError(absl::StrCat(
        Printable(path), " is no regular file; put one in its place"));
  }
  if (status.st_size > most) {
    return absl::InvalidArgumentError(
        absl::StrCat(Printable(path), " has ", status.st_size,
                     " bytes and may have ", most, "; is it another file?"));
  }
  return absl::OkStatus();
}

}  // namespace isoshape
