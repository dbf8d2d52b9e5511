#include "cli/flags/input_file.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "cli/console/command.h"
#include "common/one_line.h"

namespace isoshape {

absl::StatusOr<std::string> ReadInput(const std::string& path,
                                      const std::string& what) {
  if (path == "-") {
    return std::string(std::istreambuf_iterator<char>(std::cin), {});
  }
  errno = 0;
  const std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (file.is_open()) text << file.rdbuf();
  // A stream has no other way to tell why it failed.
  if (file.is_open() && errno == 0) return text.str();
  return UsageError(absl::StrCat("cannot read ", what, " ", OneLine(path), ": ",
                                 std::strerror(errno), "; check the path"));
}

}  // namespace isoshape
