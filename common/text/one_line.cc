#include "common/text/one_line.h"

#include <algorithm>
#include <cstdint>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

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

uint32_t CodePoint(absl::string_view character) {
  const size_t bytes = character.size();
  if (bytes == 1) return Byte(character, 0);
  uint32_t point = Byte(character, 0) & (0xFFU >> (bytes + 1));
  for (size_t i = 1; i < bytes; ++i) {
    point = point << 6 | (Byte(character, i) & 0x3FU);
  }
  return point;
}

// Characters without a shape of their own: general categories Cf, Zl and Zp of
// Unicode 15, fillers, selectors of variants, private use and no characters.
bool IsInvisible(uint32_t point) {
  static constexpr struct {
    uint32_t first, last;
  } kRanges[] = {{0xAD, 0xAD},       {0x34F, 0x34F},     {0x600, 0x605},
                 {0x61C, 0x61C},     {0x6DD, 0x6DD},     {0x70F, 0x70F},
                 {0x890, 0x891},     {0x8E2, 0x8E2},     {0x115F, 0x1160},
                 {0x17B4, 0x17B5},   {0x180B, 0x180F},   {0x200B, 0x200F},
                 {0x2028, 0x202E},   {0x2060, 0x206F},   {0x3164, 0x3164},
                 {0xE000, 0xF8FF},   {0xFE00, 0xFE0F},   {0xFEFF, 0xFEFF},
                 {0xFFA0, 0xFFA0},   {0xFFF0, 0xFFFB},   {0xFFFE, 0xFFFF},
                 {0x110BD, 0x110BD}, {0x110CD, 0x110CD}, {0x13430, 0x1343F},
                 {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0x10FFFF}};
  return std::any_of(std::begin(kRanges), std::end(kRanges),
                     [point](const auto& range) {
                       return range.first <= point && point <= range.last;
                     });
}

// Takes the first character off the text, which is not empty.
std::string TakePrintable(absl::string_view& text) {
  const size_t bytes = Utf8CharacterBytes(text);
  const absl::string_view character = text.substr(0, bytes);
  text.remove_prefix(bytes == 0 ? 1 : bytes);
  if (bytes == 0) return "?";
  if (IsControl(character)) return " ";
  const uint32_t point = CodePoint(character);
  if (bytes > 1 && IsInvisible(point)) {
    return absl::StrFormat("<U+%04X>", point);
  }
  return std::string(character);
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

std::string Printable(absl::string_view text) {
  std::string printable;
  while (!text.empty()) printable += TakePrintable(text);
  return printable;
}

std::string OneLine(absl::string_view text, size_t max_bytes) {
  std::string line;
  size_t cut = 0;  // end of the last character that leaves room for kCut
  text = absl::StripAsciiWhitespace(text);
  // As nearly all are.
  if (text.size() <= max_bytes &&
      std::all_of(text.begin(), text.end(), absl::ascii_isprint)) {
    return std::string(text);
  }
  while (!text.empty()) {
    line += TakePrintable(text);
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
