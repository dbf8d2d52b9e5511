#include "common/process/environment.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace isoshape {

std::string EnvironmentVariable(const char* variable) {
  const char* const value = std::getenv(variable);
  return value == nullptr ? "" : value;
}

absl::StatusOr<std::string> FileNamedBy(const char* variable,
                                        absl::string_view remedy) {
  const std::string path = EnvironmentVariable(variable);
  if (path.empty()) return "";
  const std::ifstream file(path);
  std::ostringstream text;
  // What cannot be read (a folder) or is empty writes nothing and is no error.
  if (file.is_open()) text << file.rdbuf();
  if (!text.str().empty()) return text.str();
  return absl::InvalidArgumentError(absl::StrCat(
      variable, " ", path, " cannot be read or is empty; ", remedy));
}

}  // namespace isoshape
