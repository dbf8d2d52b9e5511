#ifndef ISOSHAPE_SHAPE_DEFAULT_STEP_H_
#define ISOSHAPE_SHAPE_DEFAULT_STEP_H_

#include <cstdint>

namespace isoshape {

// Tokens of one step of the optimizer where nobody says how many.
inline constexpr int64_t kDefaultTokensPerStep = 2048;

}  // namespace isoshape

#endif  // ISOSHAPE_SHAPE_DEFAULT_STEP_H_
