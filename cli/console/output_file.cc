#include "cli/console/output_file.h"

#include <cerrno>
#include <cstring>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "common/one_line.h"

namespace isoshape {

absl::Status WriteOutput(const std::string& path, const std::string& bytes) {
  errno = 0;
  std::ofstream file(path, std::ios::binary);
  file << bytes;
  file.close();
  if (file) return absl::OkStatus();
  return absl::PermissionDeniedError(
      absl::StrCat("cannot write ", OneLine(path), ": ",
                   errno == 0 ? "the file failed" : std::strerror(errno),
                   "; name a file that can be written"));
}

}  // namespace isoshape
