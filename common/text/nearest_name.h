#ifndef ISOSHAPE_COMMON_TEXT_NEAREST_NAME_H_
#define ISOSHAPE_COMMON_TEXT_NEAREST_NAME_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace isoshape {

// The name that was probably meant: the one with the fewest letters to insert,
// delete, replace or exchange with their neighbour (optimal string alignment),
// a third of the word at most; or empty.
//
//   NearestName("crete", {"create", "delete"}) == "create"
std::string NearestName(absl::string_view word,
                        const std::vector<std::string>& names);

// `; did you mean 'create'?` for it, or empty.
std::string DidYouMean(absl::string_view word,
                       const std::vector<std::string>& names);

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_TEXT_NEAREST_NAME_H_
