#ifndef ISOSHAPE_SCALING_SURFACE_SURFACE_DESCENT_H_
#define ISOSHAPE_SCALING_SURFACE_SURFACE_DESCENT_H_

#include <vector>

#include "scaling/surface/surface.h"
#include "scaling/surface/surface_evidence.h"
#include "scaling/surface/surface_fit.h"
#include "scaling/surface/surface_prior.h"

namespace isoshape {

// Finds the maximum of the posterior of some rows (Levenberg and Marquardt),
// with robust and discounted weights; stays where it is if the computation is
// cancelled. Not thread-safe.
class SurfaceDescent {
 public:
  // The rows are all used. `options` and `evidence`, which may be nullptr, must
  // outlive it.
  SurfaceDescent(std::vector<SurfaceRow> rows, const SurfaceOptions& options,
                 const SurfaceFrame& frame,
                 const SurfaceEvidence* evidence = nullptr);

  // Fits from the prior mean, and from sizes to either side of it: the bowl is
  // flat far off the runs.
  void FitAnew();
  // Goes on from a surface that was fitted to nearly the same rows.
  void FitFrom(const Surface& surface, double noise);

  // All but `used` and `residuals`.
  void Fill(SurfaceFit& fit) const;

 private:
  using Vector = Surface::Vector;
  using Matrix = Surface::Matrix;

  // Keeps the centre and the prior of these rows, and takes over the surface.
  void MoveTo(const Surface& from);
  void Weigh();
  // The sum of squares of repeats about their means and its degrees of freedom.
  struct Repeats {
    double squares = 0, degrees = 0;
  };
  Repeats RepeatsWithin(double cap) const;
  // Of the variance of a run, what neighbours have too.
  double CrowdingBy(const Repeats& repeats) const;
  double Objective(const Vector& theta) const;
  // The normal equations at the surface; `gradient` may be null.
  Matrix NormalEquations(Vector* gradient) const;
  Matrix Covariance() const;
  // Sum over rows of how far each determines its own prediction.
  double EffectiveParameters(const Matrix& covariance) const;
  // Returns the objective that is reached.
  double GoDown();
  // The noise and the surface in turn, since weights depend on the noise.
  void FitNoise();

  std::vector<SurfaceRow> rows_;
  const SurfaceOptions& options_;
  std::vector<double> crowds_;  // K: the runs at each row, itself included
  std::vector<double> below_;   // ln(largest compute / compute)
  std::vector<double> weights_;
  SurfacePrior prior_;
  Vector precision_;
  const SurfaceEvidence* evidence_;  // nullptr: none
  Surface surface_;
  double noise_ = 0;
  double crowding_ = 0;
  bool converged_ = false;
};

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_SURFACE_SURFACE_DESCENT_H_
