#ifndef ISOSHAPE_SCALING_SURFACE_DESIGN_H_
#define ISOSHAPE_SCALING_SURFACE_DESIGN_H_

#include <cstddef>
#include <vector>

#include "scaling/surface/surface.h"
#include "scaling/surface/surface_fit.h"

namespace isoshape {

// A figure that runs are chosen to tell: a sum of variances of two figures,
// each given by its gradient times the root of its weight.
struct DesignAim {
  Surface::Vector size = Surface::Vector::Zero();
  Surface::Vector ratio = Surface::Vector::Zero();
};

// The variance of ln N* at a compute.
DesignAim AimAtBestSize(const Surface& surface, double ln_flops);

// The expected regret at a compute: the loss that the shape of the least loss
// by the surface is expected to have above the least, relative to it,
//
//   R = 1/2 (H1 Var(ln N*) + H2 Var(ln r*)),
//
// where H1 and H2 are the curvatures of ln L over ln N and over ln ratio at the
// best shape; without ratios the first term alone.
DesignAim AimAtRegret(const Surface& surface, double ln_flops,
                      bool with_ratios);

double ExpectedRegret(const SurfaceFit& fit, double ln_flops, bool with_ratios);

// What further runs would tell (V-optimal design, Fedorov 1972). A run of
// Jacobian j and variance s_j^2 turns the covariance S into S - S j j' S /
// (s_j^2 + j' S j), whatever its loss turns out to be, with
//
//   s_j^2 = (s^2 + (tau d_j)^2) (1 - phi + phi (K_j + 1))
//
// by the discrepancy and the crowding of the fit (surface_fit.h), K_j counting
// the runs that are there. That is what Gain goes by. In a crowd it lowers the
// weights of its neighbours as well, which Add takes into account, and so what
// a forecast rests on: K runs of one place weigh K / (1 - phi + phi K)
// together, of which the last adds nearly nothing. Not thread-safe.
class SurfaceDesign {
 public:
  // The places of the runs of the fit, and those among which to choose.
  // `ln_high` is the largest compute, ln FLOPs.
  SurfaceDesign(const SurfaceFit& fit, const std::vector<SurfacePoint>& runs,
                std::vector<SurfacePoint> candidates, double ln_high,
                const DesignAim& aim, const SurfaceOptions& options = {});

  // The figure aimed at, after the runs added, and its two parts.
  double Uncertainty() const { return SizePart() + RatioPart(); }
  double SizePart() const { return aim_.size.dot(size_); }
  double RatioPart() const { return aim_.ratio.dot(ratio_); }

  const std::vector<SurfacePoint>& candidates() const { return candidates_; }

  // By how much a run at a candidate lowers the figure, if its neighbours keep
  // their weights.
  double Gain(size_t candidate) const;
  // The part of it that is of the aspect ratio.
  double RatioGain(size_t candidate) const;

  // The share of the variance of a figure with that gradient that a run at a
  // candidate takes away.
  double ShareTold(size_t candidate, const Surface::Vector& gradient) const;

  // From here on a run at that place counts as done.
  void Add(const SurfacePoint& point);

 private:
  // A run that is there.
  struct Run {
    SurfacePoint point;
    Surface::Vector row = Surface::Vector::Zero();
    double crowd = 0;  // the others
  };

  // Of a run among so many others.
  double Variance(const SurfacePoint& point, double crowd) const;
  // The covariance with that run, whose neighbours weigh less.
  Surface::Matrix CovarianceWith(const Run& added);

  const SurfaceOptions options_;
  const Surface surface_;
  const double noise_;
  const double crowding_;
  const double ln_high_;
  const DesignAim aim_;
  Surface::Matrix covariance_;
  Surface::Vector size_, ratio_;  // covariance times the aims
  std::vector<SurfacePoint> candidates_;
  std::vector<Surface::Vector> rows_;  // Jacobians of the candidates
  std::vector<double> spread_;         // j' S j of the candidates
  std::vector<double> crowd_;          // K of the candidates
  std::vector<Run> runs_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_SURFACE_DESIGN_H_
