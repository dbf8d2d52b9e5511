#include "common/one_line.h"

#include "absl/strings/ascii.h"

namespace isoshape {

std::string OneLine(absl::string_view text) {
  constexpr size_t kMost = 1000;
  size_t length = text.size();
  if (length > kMost) {
    length = kMost;
    // Bytes 10xxxxxx continue a character.
    while (length > 0 &&
           (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80) {
      --length;
    }
  }
  std::string line(text.substr(0, length));
  for (char& c : line) {
    if (absl::ascii_iscntrl(static_cast<unsigned char>(c))) c = ' ';
  }
  absl::StripAsciiWhitespace(&line);
  return line;
}

}  // namespace isoshape
