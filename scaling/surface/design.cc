#include "scaling/surface/design.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "scaling/surface/crowds.h"

namespace isoshape {
namespace {

// The variance of a run of which nothing is to be expected, in that of one.
constexpr double kLittle = 100;

}  // namespace

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
      crowding_(fit.crowding),
      ln_high_(ln_high),
      aim_(aim),
      covariance_(fit.covariance),
      size_(covariance_ * aim.size),
      ratio_(covariance_ * aim.ratio),
      candidates_(std::move(candidates)),
      rows_(candidates_.size()) {
  const Crowds crowds(runs, {});
  for (size_t i = 0; i < candidates_.size(); ++i) {
    surface_.LogLoss(candidates_[i], rows_[i]);
    spread_.push_back(rows_[i].dot(covariance_ * rows_[i]));
    crowd_.push_back(crowds.At(candidates_[i], 0));
  }
  for (const SurfacePoint& point : runs) {
    Run& run = runs_.emplace_back();
    run.point = point;
    surface_.LogLoss(point, run.row);
    run.crowd = std::max(0.0, crowds.At(point, 0) - 1);
  }
}

double SurfaceDesign::Variance(const SurfacePoint& point, double crowd) const {
  const double off =
      options_.discrepancy * std::max(0.0, ln_high_ - point.ln_flops);
  return (noise_ * noise_ + off * off) *
         (1 - crowding_ + crowding_ * (crowd + 1));
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

Surface::Matrix SurfaceDesign::CovarianceWith(const Run& added) {
  const Surface::Matrix one = Surface::Matrix::Identity();
  Surface::Matrix precision = covariance_.ldlt().solve(one);
  for (Run& run : runs_) {
    const double share = Crowds::Share(run.point, added.point);
    if (share == 0) continue;
    const double before = 1 / Variance(run.point, run.crowd);
    run.crowd += share;
    const double lost = before - 1 / Variance(run.point, run.crowd);
    precision.selfadjointView<Eigen::Lower>().rankUpdate(run.row, -lost);
  }
  precision.selfadjointView<Eigen::Lower>().rankUpdate(
      added.row, 1 / Variance(added.point, added.crowd));
  const Surface::Matrix whole = precision.selfadjointView<Eigen::Lower>();
  return whole.ldlt().solve(one);
}

void SurfaceDesign::Add(const SurfacePoint& point) {
  Run added{.point = point};
  surface_.LogLoss(point, added.row);
  for (const Run& run : runs_) {
    added.crowd += Crowds::Share(run.point, point);
  }
  const double before = Uncertainty();
  std::vector<double> crowds;
  for (const Run& run : runs_) crowds.push_back(run.crowd);
  const Surface::Vector moved = covariance_ * added.row;
  const Surface::Matrix with = CovarianceWith(added);
  const double after =
      aim_.size.dot(with * aim_.size) + aim_.ratio.dot(with * aim_.ratio);
  if (after >= 0 && after <= before) {
    covariance_ = with;
  } else {
    // Runs that the fit trusts less than others, as they are far off, are taken
    // to weigh what they do not: the run tells next to nothing, and takes
    // nothing from them.
    for (size_t i = 0; i < runs_.size(); ++i) runs_[i].crowd = crowds[i];
    covariance_ -=
        moved * moved.transpose() /
        (kLittle * Variance(point, added.crowd) + added.row.dot(moved));
  }
  size_ = covariance_ * aim_.size;
  ratio_ = covariance_ * aim_.ratio;
  for (size_t i = 0; i < candidates_.size(); ++i) {
    spread_[i] = std::max(0.0, rows_[i].dot(covariance_ * rows_[i]));
    crowd_[i] += Crowds::Share(candidates_[i], point);
  }
  runs_.push_back(added);
}

}  // namespace isoshape
