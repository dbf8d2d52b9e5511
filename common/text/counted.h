#ifndef ISOSHAPE_COMMON_TEXT_COUNTED_H_
#define ISOSHAPE_COMMON_TEXT_COUNTED_H_

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace isoshape {

// `1 trial`, `3 trials`: a count of what is called `noun` and makes its plural
// by an s, if no plural is given: `1 loss`, `3 losses`.
inline std::string Counted(int64_t count, absl::string_view noun,
                           absl::string_view plural = "") {
  if (count != 1 && !plural.empty()) return absl::StrCat(count, " ", plural);
  return absl::StrCat(count, " ", noun, count == 1 ? "" : "s");
}

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_TEXT_COUNTED_H_
