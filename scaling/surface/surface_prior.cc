#include "scaling/surface/surface_prior.h"

#include <cmath>

#include "scaling/laws/weak_prior.h"

namespace isoshape {

SurfacePrior WeakPrior(const std::vector<double>& ln_flops,
                       const std::vector<double>& ln_loss, double centre) {
  const WeakPriors weak = WeakPriorsAt(centre, ln_flops, ln_loss);
  SurfacePrior prior;
  const auto set = [&](Surface::Parameter one, const NormalPrior& normal) {
    prior.mean[one] = normal.mean;
    prior.deviation[one] = normal.deviation;
  };
  set(Surface::kFloor, weak.floor);
  set(Surface::kReducible, weak.reducible);
  set(Surface::kLnDecay, weak.ln_decay);
  set(Surface::kSize, weak.size);
  set(Surface::kSizeExponent, weak.size_exponent);
  set(Surface::kSizeBend, {0, 0.01});
  set(Surface::kLnCurvature, {std::log(0.04), 0.7});
  set(Surface::kCurvatureTrend, {-0.08, 0.08});
  set(Surface::kSkew, {0.3, 0.5});
  set(Surface::kLnRatioCurvature, weak.ratio_curvature);
  set(Surface::kRatio, weak.ratio);
  set(Surface::kRatioDrift, weak.ratio_drift);
  set(Surface::kRatioTrend, {0.3, 0.2});
  return prior;
}

}  // namespace isoshape
