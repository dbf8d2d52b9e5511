#include "scaling/statistics/intervals.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <utility>

#include "common/threads/cancellation.h"
#include "scaling/statistics/student_t.h"

namespace isoshape {
namespace {

double NormalCdf(double z) { return 0.5 * std::erfc(-z / std::numbers::sqrt2); }

double NormalQuantile(double share) {
  if (share == 0.5) return 0;
  const double z = NormalTwoSided(std::abs(2 * share - 1));
  return share < 0.5 ? -z : z;
}

std::vector<double> SortedWithoutNan(std::vector<double> values) {
  std::erase_if(values, [](double value) { return std::isnan(value); });
  std::sort(values.begin(), values.end());
  return values;
}

Interval Between(double value, const std::vector<double>& sorted,
                 double lower_share, double upper_share) {
  Interval interval;
  interval.value = value;
  const double lower = std::min(value, Quantile(sorted, lower_share));
  const double upper = std::max(value, Quantile(sorted, upper_share));
  if (std::isfinite(lower)) interval.lower = lower;
  if (std::isfinite(upper)) interval.upper = upper;
  return interval;
}

}  // namespace

double Quantile(const std::vector<double>& sorted, double share) {
  const double position = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(position);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  const double weight = position - static_cast<double>(below);
  // Not a weighted mean: between equal infinities it would be NaN.
  if (weight == 0 || sorted[below] == sorted[above]) return sorted[below];
  return sorted[below] + weight * (sorted[above] - sorted[below]);
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return Quantile(values, 0.5);
}

Interval PercentileInterval(double value, std::vector<double> resamples,
                            double level) {
  if (Cancelled()) return Interval{value, {}, {}};
  const std::vector<double> sorted = SortedWithoutNan(std::move(resamples));
  if (sorted.empty()) return Interval{value, {}, {}};
  const double tail = 0.5 * (1 - level);
  return Between(value, sorted, tail, 1 - tail);
}

Interval BcaInterval(double value, std::vector<double> resamples,
                     const std::vector<double>& jackknife, double level) {
  if (Cancelled()) return Interval{value, {}, {}};
  const std::vector<double> sorted = SortedWithoutNan(std::move(resamples));
  if (sorted.empty()) return Interval{value, {}, {}};
  const double tail = 0.5 * (1 - level);
  const Interval plain = Between(value, sorted, tail, 1 - tail);

  // Ties count half, so that a discrete bootstrap is not pushed to one side.
  const auto range = std::equal_range(sorted.begin(), sorted.end(), value);
  const double below = (static_cast<double>(range.first - sorted.begin()) +
                        0.5 * static_cast<double>(range.second - range.first)) /
                       static_cast<double>(sorted.size());
  double mean = 0;
  int left = 0;
  for (const double one : jackknife) {
    if (!std::isfinite(one)) continue;
    mean += one;
    ++left;
  }
  if (left < 3 || below <= 0 || below >= 1) return plain;
  mean /= left;
  double square = 0;
  double cube = 0;
  for (const double one : jackknife) {
    if (!std::isfinite(one)) continue;
    square += (mean - one) * (mean - one);
    cube += (mean - one) * (mean - one) * (mean - one);
  }
  if (square <= 0) return plain;
  const double acceleration = cube / (6 * std::pow(square, 1.5));
  const double z0 = NormalQuantile(below);
  const double z_low = z0 + NormalQuantile(tail);
  const double z_high = z0 + NormalQuantile(1 - tail);
  // The correction is an expansion in the acceleration; if it has a pole inside
  // the interval it means nothing.
  if (acceleration * z_low >= 1 || acceleration * z_high >= 1) return plain;
  const auto corrected = [&](double z) {
    return NormalCdf(z0 + z / (1 - acceleration * z));
  };
  return Between(value, sorted, corrected(z_low), corrected(z_high));
}

bool TooManyFailed(int failed, int resamples) {
  constexpr double kMaxShare = 0.05;
  return failed > kMaxShare * resamples;
}

BootstrapEstimate Estimate(double value, const std::vector<double>& resamples,
                           const std::vector<double>& jackknife, double level) {
  BootstrapEstimate estimate;
  estimate.value = value;
  if (Cancelled()) {
    estimate.percentile = estimate.bca = Interval{value, {}, {}};
    estimate.failed = static_cast<int>(resamples.size());
    return estimate;
  }
  estimate.percentile = PercentileInterval(value, resamples, level);
  estimate.bca = BcaInterval(value, resamples, jackknife, level);
  double mean = 0;
  int finite = 0;
  for (const double one : resamples) {
    if (std::isnan(one)) {
      ++estimate.failed;
      continue;
    }
    ++estimate.resamples;
    if (!std::isfinite(one)) continue;
    ++finite;
    mean += (one - mean) / finite;
  }
  double sum = 0;
  for (const double one : resamples) {
    if (std::isfinite(one)) sum += (one - mean) * (one - mean);
  }
  if (finite > 1) estimate.standard_error = std::sqrt(sum / (finite - 1));
  return estimate;
}

Interval Exp(Interval interval) {
  interval.value = std::exp(interval.value);
  if (interval.lower) interval.lower = std::exp(*interval.lower);
  if (interval.upper) interval.upper = std::exp(*interval.upper);
  return interval;
}

BootstrapEstimate Exp(BootstrapEstimate estimate) {
  estimate.value = std::exp(estimate.value);
  estimate.percentile = Exp(estimate.percentile);
  estimate.bca = Exp(estimate.bca);
  return estimate;
}

void OpenAtEdges(double min, double max, Interval& interval) {
  if (interval.lower && *interval.lower <= min * 1.0001) {
    interval.lower.reset();
  }
  if (interval.upper && *interval.upper >= max * 0.9999) {
    interval.upper.reset();
  }
}

}  // namespace isoshape
