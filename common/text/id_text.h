#ifndef ISOSHAPE_COMMON_TEXT_ID_TEXT_H_
#define ISOSHAPE_COMMON_TEXT_ID_TEXT_H_

#include <algorithm>
#include <cstddef>

#include "absl/strings/string_view.h"

namespace isoshape {

// Ids of campaigns and workers, and names of tokens: letters, digits, `_`, `-`
// and `.`, which need no quotes in shells, paths, URLs and lists.
constexpr bool IsIdCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

// Max bytes of the id of a campaign or a worker.
inline constexpr size_t kMaxIdBytes = 63;

// Whether the text is 1 to `max` such characters.
constexpr bool IsId(absl::string_view text, size_t max = kMaxIdBytes) {
  return !text.empty() && text.size() <= max &&
         std::all_of(text.begin(), text.end(), IsIdCharacter);
}

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_TEXT_ID_TEXT_H_
