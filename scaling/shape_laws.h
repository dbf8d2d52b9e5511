#ifndef ISOSHAPE_SCALING_SHAPE_LAWS_H_
#define ISOSHAPE_SCALING_SHAPE_LAWS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "scaling/intervals.h"
#include "scaling/power_sum_fit.h"
#include "scaling/ratio_law.h"
#include "scaling/resampling.h"
#include "scaling/run_table.h"

namespace isoshape {

// One law of the comparison.
struct ShapeLawScore {
  std::string name;     // `none`, `ratio`, `four-term`, `width-depth`
  std::string formula;  // as people write it
  int parameters = 0;
  double objective = 0;       // on all runs
  double in_sample_rmse = 0;  // of ln loss on all runs
  // Of ln loss on the runs that were left out; NaN where the fit without them
  // was not possible.
  double held_out_rmse = 0;
  bool converged = false;
  std::string problem;
};

struct ShapeLawOptions {
  SizeMeasure size = SizeMeasure::kFlopsPerToken;  // N of `none` and `ratio`
  double huber_delta = 1e-3;
  double level = 0.95;
};

struct ShapeLawComparison {
  std::vector<ShapeLawScore> scores;  // `none` first
  int chosen = 0;                     // of least held-out error
  std::string explanation;            // of the choice, one sentence
  int runs = 0, held_out = 0;
  double held_out_above = 0;  // FLOPs: runs beyond were left out
  RatioLawFit ratio;          // on all runs
  PowerSumFit none, four_term, width_depth;
  RatioLawData data;
  std::vector<std::string> warnings;
};

// Fits the four laws, each also without the top quarter of FLOPs, which it is
// then held against. Sizes by `options.size`; FLOPs of a run are its `flops`,
// or 6 N D. FAILED_PRECONDITION where width or depth are not known, or one of
// the laws cannot be fitted at all, with the reason.
absl::StatusOr<ShapeLawComparison> CompareShapeLaws(
    const RunTable& table, const ShapeLawOptions& options);

// The ratio law's figures with intervals. c1 and G are hypotheses: where the
// interval of G holds 0, shape is not shown to matter; where that of c1 does, a
// constant aspect ratio is not excluded.
struct RatioLawIntervals {
  BootstrapEstimate e, alpha, beta, g, c0, c1;
  // r* at ln N of the largest run.
  BootstrapEstimate best_ratio;
  bool shape_matters = false;  // the interval of G is above 0
  bool ratio_drifts = false;   // that of c1 leaves 0 out
};
RatioLawIntervals BootstrapRatioLaw(const ShapeLawComparison& comparison,
                                    const Resampling& resampling,
                                    const ShapeLawOptions& options);

// Levine et al. 2020: ln width = a + b depth, least squares over the best shape
// of each budget. FAILED_PRECONDITION where fewer than two budgets have best
// shapes of different depth, or width, depth or budgets are not known.
struct LevineFit {
  double a = 0, b = 0;
  int optima = 0;
  double rmse = 0;  // of ln width
};
absl::StatusOr<LevineFit> FitLevine(const RunTable& table);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_SHAPE_LAWS_H_
