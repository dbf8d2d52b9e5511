#ifndef ISOSHAPE_COMMON_PROCESS_ENVIRONMENT_H_
#define ISOSHAPE_COMMON_PROCESS_ENVIRONMENT_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace isoshape {

// The value of an environment variable; empty if it is not set.
std::string EnvironmentVariable(const char* variable);

// The content of the file that an environment variable names; empty if it names
// none. INVALID_ARGUMENT if it cannot be read or is empty, with what to do:
// `ISOSHAPE_TLS_CA /none cannot be read or is empty; give a file in PEM`.
absl::StatusOr<std::string> FileNamedBy(const char* variable,
                                        absl::string_view remedy);

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_PROCESS_ENVIRONMENT_H_
