#ifndef ISOSHAPE_SCALING_TABLES_TEXT_ENCODING_H_
#define ISOSHAPE_SCALING_TABLES_TEXT_ENCODING_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace isoshape {

// Text as UTF-8 without a byte order mark: from UTF-8, or from UTF-16 of either
// byte order if it begins with its mark.
//
// INVALID_ARGUMENT with `file:line:column:` if a byte belongs to no character
// of UTF-8, if a surrogate of UTF-16 has no partner, or if there is a NUL byte,
// which is none of text; the byte is named in hexadecimal.
absl::StatusOr<std::string> AsUtf8(std::string bytes, absl::string_view file);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_TABLES_TEXT_ENCODING_H_
