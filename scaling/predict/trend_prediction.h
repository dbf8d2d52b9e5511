#ifndef ISOSHAPE_SCALING_PREDICT_TREND_PREDICTION_H_
#define ISOSHAPE_SCALING_PREDICT_TREND_PREDICTION_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "scaling/isoflop/isoflop.h"
#include "scaling/runs/runs.h"
#include "scaling/statistics/intervals.h"

namespace isoshape {

// The best size and aspect ratio at a compute.
struct OptimumPrediction {
  double target_flops = 0;
  BootstrapEstimate size, tokens;  // of the trend
  // Geometric mean of the best aspect ratios of the budgets that compared some
  // near their best size; if none did, of the best measured shapes; 0: the
  // runs' shapes are not known.
  double aspect_ratio = 0;
  std::vector<std::string> aspect_warnings;  // of aspect_ratio alone
  std::vector<std::string> warnings;         // these and others
};

// FAILED_PRECONDITION if fewer than two budgets have a bracketed optimum, with
// the reason of each; INVALID_ARGUMENT if target_flops is not finite and
// positive.
absl::StatusOr<OptimumPrediction> PredictOptimum(const IsoflopFit& fit,
                                                 double target_flops);

// The loss of one new run.
struct LossPrediction {
  Interval loss;  // at the level of the fit; of a single run
  // The error of the newest backtest (the largest budget predicted from the
  // others): ln(predicted / found). Meaningful with three budgets or more.
  double backtest_error = 0;
  std::string method;  // one sentence
};

// The loss of a single new run of `size` (as the runs') at target_flops.
// Candidates: the straight line of ln L* over ln C, the same with the slope of
// the last two budgets, and a loss surface through all points near the optima;
// each anchored at the measured optima. Their mean, weighted by a backtest. The
// interval takes up noise, the candidates' disagreement, curvature of the size
// seen so far, and the seed of the new run; docs/science.md. `runs` are those
// of the fit. Errors of PredictOptimum.
absl::StatusOr<LossPrediction> PredictLoss(const IsoflopFit& fit,
                                           const Runs& runs,
                                           double target_flops, double size);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_PREDICT_TREND_PREDICTION_H_
