#ifndef ISOSHAPE_COMMON_FILES_SHA256_H_
#define ISOSHAPE_COMMON_FILES_SHA256_H_

#include <string>

#include "absl/strings/string_view.h"

namespace isoshape {

// The SHA-256 digest (FIPS 180-4) of a text, 32 bytes.
std::string Sha256(absl::string_view text);

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_FILES_SHA256_H_
