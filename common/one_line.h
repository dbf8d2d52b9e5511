#ifndef ISOSHAPE_COMMON_ONE_LINE_H_
#define ISOSHAPE_COMMON_ONE_LINE_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace isoshape {

// Bytes of the UTF-8 character at the beginning of `text`, which is not empty;
// 0 if there is none (RFC 3629, section 4).
size_t Utf8CharacterBytes(absl::string_view text);

// Whether all of the text is UTF-8.
bool IsUtf8(absl::string_view text);

// Text of another program (an error, a line of its output) as one line that may
// go into a message, the database or a log: control characters become spaces, a
// byte that belongs to no UTF-8 character becomes `?`, and a text of more than
// `max_bytes` (at least 3) is cut between characters and ends in `...`.
std::string OneLine(absl::string_view text, size_t max_bytes = 1000);

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_ONE_LINE_H_
