#include "search/near_failure.h"

#include <algorithm>
#include <cmath>

namespace isoshape {

bool NearFailure(const SurfacePoint& place,
                 const std::vector<SurfacePoint>& failures) {
  // What is as large, and up to about twice as large, at an aspect ratio within
  // a factor of 1.6: twice and once the reach of the surface's crowding.
  constexpr double kBelow = 0.05;
  constexpr double kAbove = 0.7;
  constexpr double kRatio = 0.5;
  constexpr double kRounding = 1e-9;
  return std::any_of(
      failures.begin(), failures.end(), [&](const SurfacePoint& failure) {
        const double larger = place.ln_size - failure.ln_size;
        const double ratio =
            place.ln_ratio.value_or(0) - failure.ln_ratio.value_or(0);
        return place.ln_flops >= failure.ln_flops - kRounding &&
               larger >= -kBelow && larger <= kAbove &&
               std::abs(ratio) <= kRatio;
      });
}

}  // namespace isoshape
