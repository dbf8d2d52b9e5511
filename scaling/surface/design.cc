#include "scaling/surface/design.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace isoshape {

DesignAim AimAtBestSize(const Surface& surface, double ln_flops) {
  return {.size = surface.GradientOfLnBestSize(ln_flops)};
}

DesignAim AimAtRegret(const Surface& surface, double ln_flops,
                      bool with_ratios) {
  const double c = ln_flops - surface.ln_flops;
  const auto root = [&](Surface::Parameter ln_curvature) {
    return std::sqrt(std::exp(surface.theta[ln_curvature] +
                              surface.theta[Surface::kCurvatureTrend] * c) /
                     2);
  };
  DesignAim aim = AimAtBestSize(surface, ln_flops);
  aim.size *= root(Surface::kLnCurvature);
  if (with_ratios) {
    // At a given size: what the size itself is off by is in the first term.
    aim.ratio[Surface::kRatio] = 1;
    aim.ratio[Surface::kRatioDrift] =
        surface.LnBestSize(ln_flops) - surface.ln_size;
    aim.ratio *= root(Surface::kLnRatioCurvature);
  }
  return aim;
}

double ExpectedRegret(const SurfaceFit& fit, double ln_flops,
                      bool with_ratios) {
  const DesignAim aim = AimAtRegret(fit.surface, ln_flops, with_ratios);
  return aim.size.dot(fit.covariance * aim.size) +
         aim.ratio.dot(fit.covariance * aim.ratio);
}

SurfaceDesign::SurfaceDesign(const SurfaceFit& fit,
                             const std::vector<SurfacePoint>& runs,
                             std::vector<SurfacePoint> candidates,
                             double ln_high, const DesignAim& aim,
                             const SurfaceOptions& options)
    : options_(options),
      surface_(fit.surface),
      noise_(fit.noise),
      ln_high_(ln_high),
      aim_(aim),
      crowds_(runs, {}),
      covariance_(fit.covariance),
      size_(covariance_ * aim.size),
      ratio_(covariance_ * aim.ratio),
      candidates_(std::move(candidates)),
      rows_(candidates_.size()) {
  for (size_t i = 0; i < candidates_.size(); ++i) {
    surface_.LogLoss(candidates_[i], rows_[i]);
    spread_.push_back(rows_[i].dot(covariance_ * rows_[i]));
    crowd_.push_back(crowds_.At(candidates_[i], 0));
  }
}

double SurfaceDesign::Variance(const SurfacePoint& point, double crowd) const {
  const double off =
      options_.discrepancy * std::max(0.0, ln_high_ - point.ln_flops);
  return (noise_ * noise_ + off * off) *
         (1 - options_.crowding + options_.crowding * (crowd + 1));
}

double SurfaceDesign::Gain(size_t candidate) const {
  const double size = size_.dot(rows_[candidate]);
  const double ratio = ratio_.dot(rows_[candidate]);
  return (size * size + ratio * ratio) /
         (Variance(candidates_[candidate], crowd_[candidate]) +
          spread_[candidate]);
}

double SurfaceDesign::RatioGain(size_t candidate) const {
  const double ratio = ratio_.dot(rows_[candidate]);
  return ratio * ratio /
         (Variance(candidates_[candidate], crowd_[candidate]) +
          spread_[candidate]);
}

double SurfaceDesign::ShareTold(size_t candidate,
                                const Surface::Vector& gradient) const {
  const Surface::Vector moved = covariance_ * gradient;
  const double told = moved.dot(rows_[candidate]);
  return told * told /
         (Variance(candidates_[candidate], crowd_[candidate]) +
          spread_[candidate]) /
         std::max(gradient.dot(moved), 1e-300);
}

void SurfaceDesign::Add(const SurfacePoint& point) {
  Surface::Vector row = Surface::Vector::Zero();
  surface_.LogLoss(point, row);
  double crowd = crowds_.At(point, 0);
  for (const SurfacePoint& one : added_) crowd += Crowds::Share(one, point);
  const Surface::Vector moved = covariance_ * row;
  const double variance = Variance(point, crowd) + row.dot(moved);
  covariance_ -= moved * moved.transpose() / variance;
  size_ = covariance_ * aim_.size;
  ratio_ = covariance_ * aim_.ratio;
  for (size_t i = 0; i < candidates_.size(); ++i) {
    const double told = moved.dot(rows_[i]);
    spread_[i] = std::max(0.0, spread_[i] - told * told / variance);
    crowd_[i] += Crowds::Share(candidates_[i], point);
  }
  added_.push_back(point);
}

}  // namespace isoshape
