#ifndef ISOSHAPE_COMMON_FILES_OUTPUT_FOLDER_H_
#define ISOSHAPE_COMMON_FILES_OUTPUT_FOLDER_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace isoshape {

// Whether the folder that a flag names is one that files can be made in, or can
// be made to be. Changes nothing. PERMISSION_DENIED with the flag, the path and
// the system's reason if not.
absl::Status CheckOutputFolder(absl::string_view flag, const std::string& path);

// Makes it if it is missing, with those above it. Errors as above.
absl::Status MakeOutputFolder(absl::string_view flag, const std::string& path);

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_FILES_OUTPUT_FOLDER_H_
