#ifndef ISOSHAPE_COMMON_TEXT_COUNTED_H_
#define ISOSHAPE_COMMON_TEXT_COUNTED_H_

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace isoshape {

// `1 trial`, `3 trials`: a count of what is called `noun` and makes its plural
// by an s.
inline std::string Counted(int64_t count, absl::string_view noun) {
  return absl::StrCat(count, " ", noun, count == 1 ? "" : "s");
}

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_TEXT_COUNTED_H_
