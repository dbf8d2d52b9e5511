#include "shape/ffn_width.h"

#include <algorithm>
#include <cmath>

namespace isoshape {

double DefaultFfnRatio(Activation activation) {
  return activation == Activation::kSwiglu ? 8.0 / 3.0 : 4.0;
}

int64_t FfnWidth(int64_t width, double ratio, int64_t multiple) {
  const double multiples =
      ratio * static_cast<double>(width) / static_cast<double>(multiple);
  return multiple *
         std::max<int64_t>(1, static_cast<int64_t>(std::llround(multiples)));
}

}  // namespace isoshape
