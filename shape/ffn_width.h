#ifndef ISOSHAPE_SHAPE_FFN_WIDTH_H_
#define ISOSHAPE_SHAPE_FFN_WIDTH_H_

#include <cstdint>

#include "shape/shape.h"

namespace isoshape {

// ffn_width is rounded to a multiple of this unless something else is asked.
inline constexpr int64_t kDefaultFfnMultiple = 8;

// ffn_width / width unless something else is asked: 8/3 for SwiGLU, whose third
// matrix then leaves as many parameters as 4 does for the others (Shazeer
// 2020).
double DefaultFfnRatio(Activation activation);

// ratio * width, rounded to the nearest multiple of `multiple`, at least one.
int64_t FfnWidth(int64_t width, double ratio,
                 int64_t multiple = kDefaultFfnMultiple);

}  // namespace isoshape

#endif  // ISOSHAPE_SHAPE_FFN_WIDTH_H_
