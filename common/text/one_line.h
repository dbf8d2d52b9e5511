#ifndef ISOSHAPE_COMMON_TEXT_ONE_LINE_H_
#define ISOSHAPE_COMMON_TEXT_ONE_LINE_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace isoshape {

// Bytes of the UTF-8 character at the beginning of `text`, which is not empty;
// 0 if there is none (RFC 3629, section 4).
size_t Utf8CharacterBytes(absl::string_view text);

// Whether all of the text is UTF-8.
bool IsUtf8(absl::string_view text);

// Text of a user or of another program as a terminal may print it: control
// characters become spaces; characters that are not seen but change what is
// seen, such as those that turn the direction of writing (U+202E) or have no
// width (U+200B), become `<U+202E>`; a byte that belongs to no UTF-8 character
// becomes `?`.
std::string Printable(absl::string_view text);

// Such text as one line that may go into a message, the database or a log:
// printable, without blanks around it, and a text of more than `max_bytes` (at
// least 3) is cut between characters and ends in `...`.
std::string OneLine(absl::string_view text, size_t max_bytes = 1000);

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_TEXT_ONE_LINE_H_
