#ifndef ISOSHAPE_COMMON_ONE_LINE_H_
#define ISOSHAPE_COMMON_ONE_LINE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace isoshape {

// A message of a worker as it is kept: control characters become spaces, and at
// most 1000 bytes are kept, cut between UTF-8 characters.
std::string OneLine(absl::string_view text);

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_ONE_LINE_H_
