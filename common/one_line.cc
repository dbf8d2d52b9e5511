#include "common/one_line.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace isoshape {
namespace {

constexpr absl::string_view kCut = "...";

unsigned char Byte(absl::string_view text, size_t i) {
  return static_cast<unsigned char>(text[i]);
}

// U+0000 to U+001F and U+007F to U+009F.
bool IsControl(absl::string_view character) {
  return character.size() == 1
             ? absl::ascii_iscntrl(Byte(character, 0))
             : Byte(character, 0) == 0xC2 && Byte(character, 1) < 0xA0;
}

}  // namespace

size_t Utf8CharacterBytes(absl::string_view text) {
  const unsigned char first = Byte(text, 0);
  if (first < 0x80) return 1;
  const size_t bytes = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < bytes) return 0;
  // Ranges that leave out overlong forms, surrogates and all above U+10FFFF.
  const unsigned char min = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  const unsigned char max = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  if (Byte(text, 1) < min || Byte(text, 1) > max) return 0;
  for (size_t i = 2; i < bytes; ++i) {
    if ((Byte(text, i) & 0xC0) != 0x80) return 0;
  }
  return bytes;
}

bool IsUtf8(absl::string_view text) {
  while (!text.empty()) {
    const size_t bytes = Utf8CharacterBytes(text);
    if (bytes == 0) return false;
    text.remove_prefix(bytes);
  }
  return true;
}

std::string OneLine(absl::string_view text, size_t max_bytes) {
  std::string line;
  size_t cut = 0;  // end of the last character that leaves room for kCut
  text = absl::StripAsciiWhitespace(text);
  while (!text.empty()) {
    const size_t bytes = Utf8CharacterBytes(text);
    const absl::string_view character = text.substr(0, bytes);
    text.remove_prefix(bytes == 0 ? 1 : bytes);
    absl::StrAppend(&line, bytes == 0             ? "?"
                           : IsControl(character) ? " "
                                                  : character);
    if (line.size() > max_bytes) {
      line.resize(cut);
      return absl::StrCat(line, kCut);
    }
    if (line.size() + kCut.size() <= max_bytes) cut = line.size();
  }
  absl::StripAsciiWhitespace(&line);
  return line;
}

}  // namespace isoshape
