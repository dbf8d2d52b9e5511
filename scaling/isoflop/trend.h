#ifndef ISOSHAPE_SCALING_ISOFLOP_TREND_H_
#define ISOSHAPE_SCALING_ISOFLOP_TREND_H_

#include <vector>

#include "scaling/statistics/intervals.h"
#include "scaling/statistics/line.h"

namespace isoshape {

// ln y = ln_coefficient + exponent ln C, over the bracketed budgets.
struct LogTrend {
  BootstrapEstimate exponent;
  double ln_coefficient = 0;
  int budgets = 0;
  std::vector<double> weights;  // of the budgets
  // Departure from a straight line beyond what noise explains (Birge ratio),
  // >= 1; every interval of the trend is widened by it.
  double scatter = 1;
  // Lines of the resamples, about which intervals are taken.
  std::vector<double> exponent_resamples, ln_coefficient_resamples;
  // Lines with each unit left out, for BCa; without them it is the percentile
  // interval again.
  std::vector<double> exponent_jackknife, ln_coefficient_jackknife;

  double At(double flops) const;
};

// y(C) along a trend, with the intervals of the line (not of a single run).
BootstrapEstimate TrendEstimateAt(const LogTrend& trend, double flops,
                                  double level);

// The trend of a ratio, top / bottom, of two trends from the same resamples,
// with the larger of their scatters.
LogTrend RatioTrend(const LogTrend& top, const LogTrend& bottom, double level);

// Weighted least squares of ln y on ln C. `resamples[i]` holds the resamples of
// ln_y[i], equally many for each i; weights are 1 / their variance (plus a
// tenth of the mean variance, so that no budget rules alone). Without resamples
// all weights are equal and there are no intervals. `weighed_by`, if given, are
// other draws, whose variances give the weights. `jackknife[i]`, if given,
// holds ln_y[i] with each unit left out. NaN in either: this budget is left out
// of that line, which is NaN if fewer than two are left. Needs two distinct
// ln_c.
LogTrend FitLogTrend(
    const std::vector<double>& ln_c, const std::vector<double>& ln_y,
    const std::vector<const std::vector<double>*>& resamples, double level,
    const std::vector<std::vector<double>>& jackknife = {},
    const std::vector<const std::vector<double>*>& weighed_by = {});

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_ISOFLOP_TREND_H_
