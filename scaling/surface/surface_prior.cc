#include "scaling/surface/surface_prior.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

namespace isoshape {

SurfacePrior WeakPrior(const std::vector<double>& ln_flops,
                       const std::vector<double>& ln_loss, double centre) {
  // The loss near the centre: of the runs of least distance in compute, the
  // least.
  double nearest = std::numeric_limits<double>::infinity();
  for (const double one : ln_flops) {
    nearest = std::min(nearest, std::abs(one - centre));
  }
  constexpr double kNear = 0.3;
  double least = std::numeric_limits<double>::infinity();
  for (size_t i = 0; i < ln_loss.size(); ++i) {
    if (std::abs(ln_flops[i] - centre) <= nearest + kNear) {
      least = std::min(least, ln_loss[i]);
    }
  }
  SurfacePrior prior;
  const auto set = [&](Surface::Parameter one, double mean, double deviation) {
    prior.mean[one] = mean;
    prior.deviation[one] = deviation;
  };
  set(Surface::kFloor, std::log(0.6) + least, 0.5);
  set(Surface::kReducible, std::log(0.4) + least, 0.8);
  set(Surface::kLnDecay, std::log(0.16), 0.5);
  set(Surface::kSize, 0, 1.2);
  set(Surface::kSizeExponent, 0.5, 0.15);
  set(Surface::kSizeBend, 0, 0.01);
  set(Surface::kLnCurvature, std::log(0.04), 0.7);
  set(Surface::kCurvatureTrend, -0.08, 0.08);
  set(Surface::kSkew, 0.3, 0.5);
  set(Surface::kLnRatioCurvature, std::log(0.010), 1);
  set(Surface::kRatio, std::log(24), 1);
  set(Surface::kRatioDrift, 0, 0.15);
  set(Surface::kRatioTrend, 0.3, 0.2);
  return prior;
}

}  // namespace isoshape
