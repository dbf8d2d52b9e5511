#ifndef ISOSHAPE_SCALING_ISOFLOP_ISOFLOP_H_
#define ISOSHAPE_SCALING_ISOFLOP_ISOFLOP_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "scaling/isoflop/size_curve.h"
#include "scaling/isoflop/trend.h"
#include "scaling/runs/point.h"
#include "scaling/statistics/intervals.h"
#include "scaling/statistics/parallel.h"

namespace isoshape {

// How FitIsoflop works; docs/science.md gives the reason of each default.
struct IsoflopOptions {
  // kFullRange is the textbook parabola through all sizes with equal weights
  // (Hoffmann et al. 2022, approach 2): biased where the range is wide or off
  // centre, and accepting a vertex outside the sizes tried. For comparison.
  enum class Window { kNearMinimum, kFullRange };
  Window window = Window::kNearMinimum;
  double window_factor = 6;  // half-width of the window, a factor of size
  int least_sizes = 5;       // that the window reaches for where there are
  int resamples = 1000;      // of the runs; 0: no intervals
  uint64_t seed = 0;
  double level = 0.95;    // of all intervals, in (0, 1)
  double max_budget = 0;  // use only budgets up to this; 0: all
};

// The optimum of one isoFLOP curve.
struct BudgetFit {
  SizeCurve curve;
  // Why this budget has no optimum, in one line with values, or empty; then the
  // figures below mean nothing.
  std::string problem;
  bool on_edge = false;  // the problem is that the minimum is not bracketed
  // Of the optimum, by resampling runs; an end of the interval of size or
  // tokens at the edge of the sizes tried is absent. Standard errors are those
  // of the logarithm.
  BootstrapEstimate size, tokens, loss;
  // By drawing the losses anew about the parabola with the noise of a run.
  Interval size_by_noise;
  // Too many resamples drew fewer than three sizes: the figures above and the
  // trends rest on draws by noise here.
  bool drawn_by_noise = false;
  std::array<double, 3> parabola = {0, 0, 0};  // of loss over ln size
  double best_measured_loss = 0;
  double best_aspect_ratio = 0;
  // ln loss of the optimum in each resample; NaN where it has none.
  std::vector<double> ln_loss_resamples;

  bool bracketed() const { return problem.empty(); }
  double min_size() const { return curve.points.front().best.size; }
  double max_size() const { return curve.points.back().best.size; }
};

// See FitIsoflop.
struct IsoflopFit {
  IsoflopOptions options;
  std::vector<BudgetFit> budgets;              // ascending
  std::optional<LogTrend> size, tokens, loss;  // absent below two budgets
  // Standard deviation of one run's loss about the curves, nats per token, and
  // what it rests on; 0 degrees: taken from the held-out error, or not known.
  double noise = 0;
  int noise_degrees_of_freedom = 0;
  std::vector<std::string> warnings;
  std::string method;
  int runs = 0;

  // Indices of the budgets with a bracketed optimum.
  std::vector<int> Bracketed() const;
};

// Fits the optimal size of each budget and its growth with compute. Budgets
// whose optimum is not bracketed stay in `budgets`, are named in `warnings`,
// and are left out of the trends. Intervals by case bootstrap of the points,
// stratified by budget, points of one cluster together: the resamples are those
// of ResamplingOf (scaling/reports/fit_law.h) for the same runs, number and
// seed, so that figures of a law and of this fit belong together. The optima do
// not depend on the order of the points.
//
// INVALID_ARGUMENT where an option or a point is out of range;
// FAILED_PRECONDITION where there are no points, no budget has three sizes, or
// all losses are equal.
//
//   auto fit = FitIsoflop(points, {});
//   fit->size->exponent.value  // a of N* ~ C^a
absl::StatusOr<IsoflopFit> FitIsoflop(const std::vector<ScalingPoint>& points,
                                      const IsoflopOptions& options,
                                      const Execution& execution = {});

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_ISOFLOP_ISOFLOP_H_
