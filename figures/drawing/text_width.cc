#include "figures/drawing/text_width.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/text/one_line.h"

namespace isoshape {
namespace {

double CharacterWidth(absl::string_view character) {
  const char c = character.front();
  if (character.size() == 1) {
    if (absl::StrContains("il.,;:'|!()[]fjt ", c)) return 0.38;
    if (absl::StrContains("mwMW%@", c)) return 0.95;
    return absl::ascii_isupper(static_cast<unsigned char>(c)) ? 0.70 : 0.61;
  }
  // Superscripts are in the two-byte and three-byte blocks of Latin and signs;
  // most of what has three bytes beyond U+2E80 is full-width.
  if (character.size() == 2) return 0.61;
  return character >= "\xE2\xBA\x80" ? 1.05 : 0.61;
}

}  // namespace

double TextWidth(absl::string_view text) {
  double width = 0;
  while (!text.empty()) {
    const size_t bytes = std::max<size_t>(1, Utf8CharacterBytes(text));
    width += CharacterWidth(text.substr(0, bytes));
    text.remove_prefix(bytes);
  }
  return width;
}

std::string ShortenText(absl::string_view text, double width) {
  if (TextWidth(text) <= width) return std::string(text);
  double used = CharacterWidth("…");
  size_t end = 0;
  while (end < text.size()) {
    const size_t bytes =
        std::max<size_t>(1, Utf8CharacterBytes(text.substr(end)));
    used += CharacterWidth(text.substr(end, bytes));
    if (used > width) break;
    end += bytes;
  }
  return absl::StrCat(absl::StripTrailingAsciiWhitespace(text.substr(0, end)),
                      "…");
}

std::vector<std::string> WrapText(absl::string_view text, double width) {
  std::vector<std::string> lines;
  std::string line;
  for (const absl::string_view word :
       absl::StrSplit(text, ' ', absl::SkipEmpty())) {
    const std::string longer =
        line.empty() ? std::string(word) : absl::StrCat(line, " ", word);
    if (!line.empty() && TextWidth(longer) > width) {
      lines.push_back(std::move(line));
      line = std::string(word);
    } else {
      line = longer;
    }
  }
  if (!line.empty()) lines.push_back(std::move(line));
  return lines;
}

}  // namespace isoshape
