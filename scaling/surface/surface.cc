#include "scaling/surface/surface.h"

#include <algorithm>
#include <cmath>

namespace isoshape {
namespace {

// psi_a(v) and its derivatives. Near a = 0 by its series, where the closed form
// would lose all digits.
struct Bowl {
  double value = 0, by_skew = 0, by_v = 0;
};
Bowl BowlAt(double a, double v) {
  constexpr double kSeries = 1e-3;
  constexpr double kMaxExponent = 50;
  if (std::abs(a) < kSeries) {
    return {.value = v * v / 2 + a * v * v * v / 6,
            .by_skew = v * v * v / 6 + a * v * v * v * v / 12,
            .by_v = v + a * v * v / 2};
  }
  const double power = std::exp(std::clamp(a * v, -kMaxExponent, kMaxExponent));
  Bowl bowl;
  bowl.value = (power - 1 - a * v) / (a * a);
  bowl.by_skew = v * (power - 1) / (a * a) - 2 * bowl.value / a;
  bowl.by_v = (power - 1) / a;
  return bowl;
}

}  // namespace

// Searches and fits ask for it far more often than for the derivatives.
double Surface::LogLoss(const SurfacePoint& point) const {
  const double c = point.ln_flops - ln_flops;
  const double v = point.ln_size - LnBestSize(point.ln_flops);
  const double trend = theta[kCurvatureTrend] * c;
  double ln_loss =
      LnLeastLoss(point.ln_flops) +
      std::exp(theta[kLnCurvature] + trend) * BowlAt(theta[kSkew], v).value;
  if (point.ln_ratio) {
    const double u = *point.ln_ratio - LnBestRatio(point.ln_size);
    ln_loss +=
        std::exp(theta[kLnRatioCurvature] + trend - theta[kRatioTrend] * v) *
        u * u / 2;
  }
  return ln_loss;
}

double Surface::LogLoss(const SurfacePoint& point, Vector& gradient) const {
  const double c = point.ln_flops - ln_flops;
  const double x = point.ln_size - ln_size;
  gradient = GradientOfLnLeastLoss(point.ln_flops);
  const double v = point.ln_size - LnBestSize(point.ln_flops);
  const double curvature =
      std::exp(theta[kLnCurvature] + theta[kCurvatureTrend] * c);
  const Bowl bowl = BowlAt(theta[kSkew], v);
  double ln_loss = LnLeastLoss(point.ln_flops) + curvature * bowl.value;
  gradient[kLnCurvature] = curvature * bowl.value;
  gradient[kCurvatureTrend] = curvature * bowl.value * c;
  gradient[kSkew] = curvature * bowl.by_skew;
  double by_v = curvature * bowl.by_v;
  if (point.ln_ratio) {
    const double u = *point.ln_ratio - theta[kRatio] - theta[kRatioDrift] * x;
    const double narrow =
        std::exp(theta[kLnRatioCurvature] + theta[kCurvatureTrend] * c -
                 theta[kRatioTrend] * v);
    const double cost = narrow * u * u / 2;
    ln_loss += cost;
    by_v -= theta[kRatioTrend] * cost;
    gradient[kCurvatureTrend] += cost * c;
    gradient[kLnRatioCurvature] = cost;
    gradient[kRatio] = -narrow * u;
    gradient[kRatioDrift] = -narrow * u * x;
    gradient[kRatioTrend] = -cost * v;
  }
  gradient[kSize] = -by_v;
  gradient[kSizeExponent] = -by_v * c;
  gradient[kSizeBend] = -by_v * c * c / 2;
  return ln_loss;
}

double Surface::LnBestSize(double ln_flops_at) const {
  const double c = ln_flops_at - ln_flops;
  return ln_size + theta[kSize] + theta[kSizeExponent] * c +
         theta[kSizeBend] * c * c / 2;
}

double Surface::LnBestRatio(double ln_size_at) const {
  return theta[kRatio] + theta[kRatioDrift] * (ln_size_at - ln_size);
}

double Surface::LnLeastLoss(double ln_flops_at) const {
  const double rest = theta[kReducible] - decay() * (ln_flops_at - ln_flops);
  const double larger = std::max(theta[kFloor], rest);
  return larger +
         std::log(std::exp(theta[kFloor] - larger) + std::exp(rest - larger));
}

Surface::Vector Surface::GradientOfLnBestSize(double ln_flops_at) const {
  const double c = ln_flops_at - ln_flops;
  Vector gradient = Vector::Zero();
  gradient[kSize] = 1;
  gradient[kSizeExponent] = c;
  gradient[kSizeBend] = c * c / 2;
  return gradient;
}

Surface::Vector Surface::GradientOfLnBestRatio(double ln_flops_at) const {
  Vector gradient = theta[kRatioDrift] * GradientOfLnBestSize(ln_flops_at);
  gradient[kRatio] = 1;
  gradient[kRatioDrift] = LnBestSize(ln_flops_at) - ln_size;
  return gradient;
}

Surface::Vector Surface::GradientOfLnLeastLoss(double ln_flops_at) const {
  const double c = ln_flops_at - ln_flops;
  const double floor_share = std::exp(theta[kFloor] - LnLeastLoss(ln_flops_at));
  Vector gradient = Vector::Zero();
  gradient[kFloor] = floor_share;
  gradient[kReducible] = 1 - floor_share;
  gradient[kLnDecay] = -(1 - floor_share) * decay() * c;
  return gradient;
}

double Surface::floor() const { return std::exp(theta[kFloor]); }

double Surface::decay() const { return std::exp(theta[kLnDecay]); }

}  // namespace isoshape
