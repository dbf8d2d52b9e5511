#include "search/kriging/improvement.h"

#include <cmath>
#include <numbers>

namespace isoshape {

double LogExpectedImprovement(double mean, double deviation, double best) {
  if (!(deviation > 0)) return std::log(std::fmax(0, best - mean));
  const double z = (best - mean) / deviation;
  const double ln_density = -z * z / 2 - std::log(2 * std::numbers::pi) / 2;
  // There the two terms cancel to z^-2 of each, an error of 1e-10; the
  // asymptotic series (Abramowitz and Stegun 26.2.12) has one of 1e-8 from here
  // on.
  constexpr double kFar = -25;
  if (z < kFar) {
    const double w = 1 / (z * z);
    return std::log(deviation) + ln_density + std::log(w) +
           std::log1p(-3 * w + 15 * w * w - 105 * w * w * w);
  }
  const double below = std::erfc(-z / std::numbers::sqrt2) / 2;
  return std::log(deviation) + std::log(std::exp(ln_density) + z * below);
}

double ExpectedImprovement(double mean, double deviation, double best) {
  const double gain = best - mean;
  if (!(deviation > 0)) return std::fmax(0, gain);
  constexpr double kFar = 30;  // deviations; beyond it is nothing, or the gain
  if (!(gain > -kFar * deviation)) return 0;
  if (gain > kFar * deviation) return gain;
  const double z = gain / deviation;
  const double density = std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi);
  const double below = std::erfc(-z / std::numbers::sqrt2) / 2;
  return std::fmax(0, deviation * density + gain * below);
}

}  // namespace isoshape
