#ifndef ISOSHAPE_SEARCH_MAX_TRIALS_H_
#define ISOSHAPE_SEARCH_MAX_TRIALS_H_

#include <cstdint>

namespace isoshape {

// Trials that a campaign may ask its search for: what is planned and written in
// seconds.
inline constexpr int64_t kMaxTrialsAsked = 100'000;

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_MAX_TRIALS_H_
