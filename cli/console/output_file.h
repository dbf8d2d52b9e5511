#ifndef ISOSHAPE_CLI_CONSOLE_OUTPUT_FILE_H_
#define ISOSHAPE_CLI_CONSOLE_OUTPUT_FILE_H_

#include <string>

#include "absl/status/status.h"

namespace isoshape {

// Writes a file that a flag names, over one that is there. PERMISSION_DENIED
// with the system's reason if it cannot be written.
absl::Status WriteOutput(const std::string& path, const std::string& bytes);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_CONSOLE_OUTPUT_FILE_H_
