#ifndef ISOSHAPE_SCALING_STATISTICS_INTERVALS_H_
#define ISOSHAPE_SCALING_STATISTICS_INTERVALS_H_

#include <optional>
#include <vector>

namespace isoshape {

// A number with the interval of it; an end is absent if the data do not bound
// it.
struct Interval {
  double value = 0;
  std::optional<double> lower;
  std::optional<double> upper;
};

// The interval of a value from its resamples: their quantiles at (1 - level) /
// 2 from either end (percentile bootstrap, Efron 1979), stretched to hold the
// value. NaN resamples, of fits that failed, are left out; an end at infinity
// is absent: the data do not bound it. No resample: no interval.
Interval PercentileInterval(double value, std::vector<double> resamples,
                            double level);

// A PercentileInterval with quantiles corrected for bias and skewness (BCa,
// Efron 1987): z0 from the share of resamples below the value, the acceleration
// from `jackknife`, the value with each unit left out. It is the percentile
// interval if the correction cannot be made (fewer than three jackknife values,
// all equal, all resamples on one side, or an acceleration too large to correct
// for).
Interval BcaInterval(double value, std::vector<double> resamples,
                     const std::vector<double>& jackknife, double level);

// A figure with its standard error and intervals from resamples.
struct BootstrapEstimate {
  double value = 0;
  double standard_error = 0;  // standard deviation of the finite resamples
  Interval percentile, bca;
  int resamples = 0;  // those that are not NaN
  int failed = 0;     // those that are
};
BootstrapEstimate Estimate(double value, const std::vector<double>& resamples,
                           const std::vector<double>& jackknife, double level);

// Whether so many resamples failed that an interval of the rest means nothing.
bool TooManyFailed(int failed, int resamples);

// The interval of x from that of ln x.
Interval Exp(Interval interval);
// The estimate of x from that of ln x; standard_error stays that of ln x.
BootstrapEstimate Exp(BootstrapEstimate estimate);

// Removes an end of the interval that lies at the min or max x that was
// tried: the resamples were cut off there, so the data do not bound it.
void OpenAtEdges(double min, double max, Interval& interval);

// Quantile of ascending values by linear interpolation between order statistics
// (Hyndman and Fan 1996, definition 7); share in [0, 1], values not empty.
double Quantile(const std::vector<double>& sorted, double share);

// Of values in any order, not empty: the middle one, or the mean of the middle
// two.
double Median(std::vector<double> values);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_STATISTICS_INTERVALS_H_
