#ifndef ISOSHAPE_REPORT_SHA256_H_
#define ISOSHAPE_REPORT_SHA256_H_

#include <string>

#include "absl/strings/string_view.h"

namespace isoshape {

// The SHA-256 digest (FIPS 180-4) of a text, 32 bytes: by it a content security
// policy allows one script and no other.
std::string Sha256(absl::string_view text);

}  // namespace isoshape

#endif  // ISOSHAPE_REPORT_SHA256_H_
