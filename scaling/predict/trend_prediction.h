#ifndef ISOSHAPE_SCALING_PREDICT_TREND_PREDICTION_H_
#define ISOSHAPE_SCALING_PREDICT_TREND_PREDICTION_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "scaling/isoflop/isoflop.h"
#include "scaling/predict/loss_candidates.h"
#include "scaling/predict/loss_surface.h"
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

// The loss of a single new run at any compute, by the measured optima: what
// `predict` says of the law isoflop, and figures draw of it. A loss has a
// floor, so that it leaves the straight line of ln L* over ln C that fits
// report. Candidates: that line, the same with the slope of the two nearest
// budgets, and a loss surface through all points near the optima; the last two
// are anchored at the measured optima. Their mean, weighted by a backtest. The
// interval takes up noise, the candidates' disagreement, curvature of the size
// seen so far, and the seed of the new run; docs/science.md.
class LossTrend {
 public:
  // `runs` are those of the fit, which must outlive this. FAILED_PRECONDITION
  // if fewer than two budgets have a bracketed optimum, with the reason of
  // each.
  static absl::StatusOr<LossTrend> Make(const IsoflopFit& fit,
                                        const Runs& runs);

  // Of a run of `size` (as the runs') at `flops`, both positive.
  LossPrediction At(double flops, double size) const;
  // Of one of the best size there.
  LossPrediction At(double flops) const;
  // At(flops).loss.value, without the work that its interval takes.
  double BestAt(double flops) const;

 private:
  LossTrend(const IsoflopFit& fit, const Runs& runs);
  Candidates CandidatesAt(double x,
                          const std::optional<SurfaceStep>& step) const;
  void Backtest(const Runs& runs);

  const IsoflopFit* fit_;
  Optima optima_;
  std::optional<LossSurface> surface_;
  Candidates weighed_;  // its weights alone
  double backtest_error_ = 0;
};

// LossTrend::At. Errors of PredictOptimum; INVALID_ARGUMENT if the size is not
// finite and positive.
absl::StatusOr<LossPrediction> PredictLoss(const IsoflopFit& fit,
                                           const Runs& runs,
                                           double target_flops, double size);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_PREDICT_TREND_PREDICTION_H_
