#ifndef ISOSHAPE_SCALING_PREDICT_BACKTEST_H_
#define ISOSHAPE_SCALING_PREDICT_BACKTEST_H_

#include <optional>
#include <string>
#include <vector>

#include "scaling/laws/parametric_law.h"
#include "scaling/reports/law_options.h"
#include "scaling/runs/geometry.h"
#include "scaling/runs/runs.h"

namespace isoshape {

// How well a law finds the best size of the largest budget that shows one, if
// it and every budget within a factor of four below it are left out of its fit.
// It asks what a prediction asks: which size, and what does it cost to train
// another?
struct SizeBacktest {
  double flops = 0;      // of the budget left out
  double measured = 0;   // its best size, by the rule of the isoFLOP fit
  double predicted = 0;  // by the law
  // ln loss of the curve measured there, at the predicted size, above its
  // least; at the nearest end if that size was not tried.
  double regret = 0;
};

// How many parameters the fit of kShape or kParametric has under the options: E
// may be fixed, exponents tied, gamma free.
int FittedParameters(Law law, const Runs& runs, const LawOptions& options);

// Tries laws. Absent if the law cannot be tried: no budget shows a best size,
// too few runs are left, or the law cannot be fitted to them.
class SizeBacktester {
 public:
  // `runs` must outlive it.
  SizeBacktester(const Runs& runs, const LawOptions& options);

  // kSurface, kShape, kParametric or kIsoflop.
  std::optional<SizeBacktest> Try(Law law) const;

 private:
  std::optional<double> BestSizeBy(Law law) const;

  LawOptions options_;
  ComputeRule rule_;
  Runs smaller_;
  RunGeometry geometry_;                   // of them
  std::vector<double> ln_size_, ln_loss_;  // the curve left out
  double flops_ = 0;
  double ln_best_ = 0;
  std::string problem_;  // why no law can be tried, or empty
};

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_PREDICT_BACKTEST_H_
