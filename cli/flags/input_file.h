#ifndef ISOSHAPE_CLI_FLAGS_INPUT_FILE_H_
#define ISOSHAPE_CLI_FLAGS_INPUT_FILE_H_

#include <cstddef>
#include <limits>
#include <string>

#include "absl/status/statusor.h"

namespace isoshape {

// The text of a file that a flag names; `-`: of standard input. A usage error
// if it cannot be read, or is longer than `max_bytes` (a device may have no
// end); `what` says there what the file is.
absl::StatusOr<std::string> ReadInput(
    const std::string& path, const std::string& what,
    size_t max_bytes = std::numeric_limits<size_t>::max());

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_FLAGS_INPUT_FILE_H_
