#include "scaling/isoflop/run_noise.h"

#include <algorithm>
#include <cmath>

namespace isoshape {

void RunNoise::AddSeeds(const SizeCurve& curve) {
  sum_ += curve.seed_sum_of_squares;
  expected_ += curve.seed_degrees_of_freedom;
}

void RunNoise::AddResiduals(const Parabola& parabola) {
  if (parabola.points < 4) return;
  sum_ += parabola.weighted_sum_of_squares;
  expected_ += parabola.expected_sum_of_squares;
}

double RunNoise::deviation() const { return std::sqrt(sum_ / expected_); }

int RunNoise::degrees_of_freedom() const {
  return known() ? std::max(1, static_cast<int>(expected_)) : 0;
}

}  // namespace isoshape
