#ifndef ISOSHAPE_CLI_FLAGS_INPUT_FILE_H_
#define ISOSHAPE_CLI_FLAGS_INPUT_FILE_H_

#include <string>

#include "absl/status/statusor.h"

namespace isoshape {

// The text of a file that a flag names; `-`: of standard input. A usage error
// if it cannot be read; `what` says there what the file is.
absl::StatusOr<std::string> ReadInput(const std::string& path,
                                      const std::string& what);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_FLAGS_INPUT_FILE_H_
