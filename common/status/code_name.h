#ifndef ISOSHAPE_COMMON_STATUS_CODE_NAME_H_
#define ISOSHAPE_COMMON_STATUS_CODE_NAME_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"

namespace isoshape {

// `not_found` for NOT_FOUND: what errors over HTTP and metrics call a code.
inline std::string CodeName(absl::StatusCode code) {
  return absl::AsciiStrToLower(absl::StatusCodeToString(code));
}

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_STATUS_CODE_NAME_H_
