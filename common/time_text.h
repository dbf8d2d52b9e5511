#ifndef ISOSHAPE_COMMON_TIME_TEXT_H_
#define ISOSHAPE_COMMON_TIME_TEXT_H_

#include <string>

#include "absl/time/time.h"

namespace isoshape {

// A moment as files and programs read it, RFC 3339 in UTC to the second:
// `2026-11-29T01:20:03Z`.
std::string UtcText(absl::Time time);

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_TIME_TEXT_H_
