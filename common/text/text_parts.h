#ifndef ISOSHAPE_COMMON_TEXT_TEXT_PARTS_H_
#define ISOSHAPE_COMMON_TEXT_TEXT_PARTS_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace isoshape {

// Between the parts of a text that says several things, as the notes of
// planners do: `created with 4 trials; budget 1e11 FLOPs: 4 sizes`.
inline constexpr char kBetweenParts[] = "; ";

// Such a text with who caused it, which is what its first part tells: `created
// with 4 trials, by token:alice; budget 1e11 FLOPs: 4 sizes`. As it is if
// nobody did.
inline std::string WithActor(absl::string_view text, absl::string_view actor) {
  if (actor.empty()) return std::string(text);
  const absl::string_view first = text.substr(0, text.find(kBetweenParts));
  return absl::StrCat(first, ", by ", actor, text.substr(first.size()));
}

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_TEXT_TEXT_PARTS_H_
