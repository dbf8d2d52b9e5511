#ifndef ISOSHAPE_SCALING_ISOFLOP_ISOFLOP_H_
#define ISOSHAPE_SCALING_ISOFLOP_ISOFLOP_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "scaling/isoflop/isoflop_bias.h"
#include "scaling/isoflop/size_curve.h"
#include "scaling/isoflop/size_optimum.h"
#include "scaling/isoflop/trend.h"
#include "scaling/runs/runs.h"
#include "scaling/statistics/intervals.h"
#include "scaling/statistics/parallel.h"
#include "scaling/statistics/resampling.h"

namespace isoshape {

// docs/science.md gives the reason of each default.
struct IsoflopOptions {
  OptimumRule rule = {};
  double level = 0.95;  // of all intervals, in (0, 1)
  uint64_t seed = 0;    // of the draws by noise
};

// The optimum of one isoFLOP curve.
struct BudgetOptimum {
  SizeCurve curve = {};
  // Why this budget has no optimum, in one line with values, or empty; if not
  // empty, the figures of the optimum mean nothing.
  std::string problem = {};
  bool on_edge = false;  // the problem is that the minimum is not bracketed
  // Intervals by resampling runs; for kAkima, whose optimum is not smooth in
  // the runs, BCa is the percentile interval again. An end of the interval of
  // size or tokens at the edge of the sizes tried is absent. Standard errors
  // are those of the logarithm.
  BootstrapEstimate size = {}, tokens = {}, loss = {};
  // The interval from losses drawn anew about the curve with the noise of a
  // run; without ends if that noise is not known.
  Interval size_by_noise = {};
  // True if too many resamples drew fewer than three sizes: the figures above
  // and the trends rest on draws by noise here.
  bool drawn_by_noise = false;
  // Coefficients of the parabola of ln loss (or loss, if the rule fits that)
  // over ln size; not for kAkima.
  std::array<double, 3> parabola = {0, 0, 0};
  // ln loss grows by curvature ln^2 of a size's ratio to the optimum near it;
  // 0: not known.
  double curvature = 0;
  // ln loss of the optimum in each resample; NaN if it has none.
  std::vector<double> ln_loss_resamples = {};
  // `parabola` of each resample; NaN if it has none. Of kAkima all are.
  std::vector<std::array<double, 3>> parabola_resamples = {};

  bool bracketed() const { return problem.empty(); }
};

// The loss of the rule's parabola at a size, nats per token, with its interval
// from the resamples that the optimum's intervals are from. Not for kAkima.
Interval CurveLossAt(const BudgetOptimum& budget, const OptimumRule& rule,
                     double size, double level);

// See FitIsoflop.
struct IsoflopFit {
  IsoflopOptions options;
  std::vector<BudgetOptimum> budgets;          // ascending
  std::optional<LogTrend> size, tokens, loss;  // absent below two budgets
  // The bias that the rule itself has, at the sizes tried, in an extrapolation
  // to ten times the largest budget.
  std::optional<ExtrapolationBias> bias;
  // Standard deviation of one run's loss about the curves, nats per token, and
  // what it rests on; 0 degrees: taken from the held-out error, or not known.
  double noise = 0;
  int noise_degrees_of_freedom = 0;
  std::vector<std::string> warnings;
  std::string method;  // one sentence
  int runs = 0;

  // Indices of the budgets with a bracketed optimum.
  std::vector<int> Bracketed() const;
};

// The isoFLOP fit (Hoffmann et al. 2022, approach 2): the best size of each
// budget by `options.rule`, and weighted least squares of ln N*, ln D* and ln
// L* on ln C. Runs of a budget that are equal in size, depth and width are
// averaged; sizes within 2 % count as one, with the loss of the best shape of
// them. D* is that of the runs at N*, between neighbours linear in ln N.
// Budgets without an optimum stay in `budgets`, are named in `warnings`, and
// are left out of the trends. The optima do not depend on the order of the
// runs. `resampling` is that of the runs, as for every other figure derived
// from them; stratify it by budget. Deterministic.
//
// INVALID_ARGUMENT if the runs, an option or the resampling's number of rows is
// wrong; FAILED_PRECONDITION if the budgets of the runs are not known, no
// budget has three sizes, or all losses of every budget are equal.
//
//   auto fit = FitIsoflop(runs, resampling, {});
//   fit->size->exponent.value                       // a of N* ~ C^a
//   TrendEstimateAt(*fit->size, 1e24, 0.95).bca     // N* at 1e24 FLOPs
absl::StatusOr<IsoflopFit> FitIsoflop(const Runs& runs,
                                      const Resampling& resampling,
                                      const IsoflopOptions& options,
                                      const Execution& execution = {});

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_ISOFLOP_ISOFLOP_H_
