#ifndef ISOSHAPE_SCALING_SURFACE_SURFACE_FIT_H_
#define ISOSHAPE_SCALING_SURFACE_SURFACE_FIT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "scaling/laws/parametric_law.h"
#include "scaling/laws/weak_prior.h"
#include "scaling/runs/runs.h"
#include "scaling/surface/surface.h"
#include "scaling/surface/surface_prior.h"

namespace isoshape {

// The defaults are those of docs/surface.md, which shows what each is worth.
struct SurfaceOptions {
  // Runs further than this factor from the best size of their compute, or from
  // the best aspect ratio of their size, are left out: far off the optimum no
  // smooth curve holds.
  double size_window = 4;
  double ratio_window = 5;
  // Standard deviation of what the surface itself is off by, of ln loss per
  // unit of ln(largest compute / compute): cheap runs say less of what comes
  // beyond the largest.
  double discrepancy = 0.002;
  // The share of the variance of a run that its neighbours have too: many runs
  // in one place are not many runs.
  double crowding = 0.8;
  // How many repeats, runs of one place that differ in their seed alone,
  // `crowding` is worth against those that are there: what they scatter by is
  // not shared. 0: it is fixed.
  double crowding_repeats = 0;
  double huber = 2.5;  // in standard deviations of a run
  double noise_prior = kPriorNoise;
};

// The least share of the variance of a run of that scatter that its neighbours
// have too, however well repeats agree: `crowding` of the usual scatter is what
// the surface itself was found to be off by in published sweeps.
double LeastCrowding(const SurfaceOptions& options, double noise);

// A run as a surface sees it.
struct SurfaceRow {
  SurfacePoint point;
  int run = -1;  // its number; -1: runs are not named
  double ln_loss = 0;
  double weight = 1;
  // Of several runs of one place: their number, which their weight is the sum
  // of, and the variance of ln loss among them; `ln_loss` is their mean.
  int count = 1;
  double scatter = 0;
};

// Where a surface is centred, and what compute the discrepancy is counted from.
struct SurfaceFrame {
  double ln_low = 0, ln_high = 0;  // ln of the least and the largest compute
  // What replaces the means of the priors: at the middle of the computes, and
  // at 20 tokens a parameter there.
  std::optional<double> ln_best_size = {};
  std::optional<double> ln_best_ratio = {};
};

// The surface fitted to runs.
struct SurfaceFit {
  Surface surface;
  SurfacePrior prior;
  Surface::Matrix covariance = Surface::Matrix::Zero();  // of the posterior
  double noise = 0;     // standard deviation of ln loss of one run about it
  double crowding = 0;  // the share of its variance that neighbours have too
  double effective_runs = 0;           // sum of the weights
  double effective_parameters = 0;     // of them, what the runs fix
  std::vector<bool> used = {};         // by row
  std::vector<double> residuals = {};  // ln measured - ln of the surface
  bool converged = false;

  int runs() const;  // used

  // Standard deviation of a figure with that gradient.
  double Deviation(const Surface::Vector& gradient) const;
  // The share of the figure's variance that comes from the priors and not from
  // the runs, 0 to 1: at 1 the figure is what the priors say. The prior of the
  // bend of the best size does not count: beyond the runs it is all that is
  // known of the bend, and a guard, not an answer. Of the bend itself it does.
  double PriorShare(const Surface::Vector& gradient) const;

  // `count` departures of the parameters from the fit, drawn from the
  // posterior; figures of one draw belong together. Deterministic in the seed.
  std::vector<Surface::Vector> Draws(int count, uint64_t seed) const;
};

// Maximum of the posterior of `runs` (Levenberg and Marquardt), with robust and
// discounted weights; the window and the noise are found by repetition. Shapes
// are used if they are known and `with_shapes`. `rule` ties compute to size and
// tokens. A window that would leave fewer than seven different runs is not
// narrowed further. FAILED_PRECONDITION if there are fewer than seven.
absl::StatusOr<SurfaceFit> FitSurface(const Runs& runs, const ComputeRule& rule,
                                      bool with_shapes,
                                      const SurfaceOptions& options = {});

// The posterior of a surface given those rows, of which there may be few or
// none, and none of which is left out: a search chooses where they lie.
SurfaceFit SurfacePosterior(const std::vector<SurfaceRow>& rows,
                            const SurfaceFrame& frame,
                            const SurfaceOptions& options = {});

// The place of a row of `runs`.
SurfacePoint PointOf(const Runs& runs, const ComputeRule& rule,
                     bool with_shapes, size_t row);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_SURFACE_SURFACE_FIT_H_
