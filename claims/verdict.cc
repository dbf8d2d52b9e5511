#include "claims/verdict.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "scaling/statistics/paired.h"
#include "scaling/statistics/student_t.h"

namespace isoshape {
namespace {

constexpr int kMaxSeeds = 1000;
constexpr double kLevel = 0.95;

// Distance of x into the region of the statement; below 0 outside.
double Inside(double x, const ClaimBounds& bounds) {
  double inside = INFINITY;
  if (bounds.above.has_value()) inside = std::min(inside, x - *bounds.above);
  if (bounds.below.has_value()) inside = std::min(inside, *bounds.below - x);
  return inside;
}

// The bound that x is nearest to, as Inside takes them.
double NearestBound(double x, const ClaimBounds& bounds) {
  if (!bounds.above.has_value()) return *bounds.below;
  if (!bounds.below.has_value()) return *bounds.above;
  return x - *bounds.above < *bounds.below - x ? *bounds.above : *bounds.below;
}

double TwoSided(double distance, double standard_error, int seeds) {
  if (standard_error == 0) return distance == 0 ? 1 : 0;
  const double t = distance / standard_error;
  return std::min(1.0, 2 * (1 - StudentTCdf(t, seeds - 1)));
}

}  // namespace

SeedSummary SummaryOf(const std::vector<double>& seeds,
                      const ClaimBounds& bounds) {
  SeedSummary summary;
  summary.seeds = static_cast<int>(seeds.size());
  const double count = summary.seeds;
  const PairedMean mean = MeanOfDifferences(seeds, kLevel);
  summary.mean = mean.mean.value;
  summary.standard_error = *mean.deviation / std::sqrt(count);
  summary.lower = *mean.mean.lower;
  summary.upper = *mean.mean.upper;
  // Equal figures differ by rounding only: they are exact.
  if (summary.standard_error < 1e-12 * std::abs(summary.mean)) {
    summary.standard_error = 0;
    summary.lower = summary.mean;
    summary.upper = summary.mean;
  }
  const double inside = Inside(summary.mean, bounds);
  summary.holds = inside > 0;
  summary.p_value =
      TwoSided(std::abs(inside), summary.standard_error, summary.seeds);
  return summary;
}

std::optional<SeedSummary> SummaryOfRatio(const std::vector<double>& of,
                                          const std::vector<double>& by,
                                          const ClaimBounds& bounds) {
  const SeedSummary divisor = SummaryOf(by, {0, std::nullopt});
  if (divisor.lower <= 0 && divisor.upper >= 0) return std::nullopt;
  const SeedSummary numerator = SummaryOf(of, {0, std::nullopt});
  SeedSummary summary;
  summary.seeds = numerator.seeds;
  summary.mean = numerator.mean / divisor.mean;
  summary.divisor = {divisor.mean, divisor.standard_error};
  const double inside = Inside(summary.mean, bounds);
  summary.holds = inside > 0;

  // What is left of each seed if the truth were on the bound.
  const double bound = NearestBound(summary.mean, bounds);
  std::vector<double> beyond;
  double covariance = 0;
  for (size_t i = 0; i < of.size(); ++i) {
    beyond.push_back(of[i] - bound * by[i]);
    covariance += (of[i] - numerator.mean) * (by[i] - divisor.mean);
  }
  covariance /= static_cast<double>(of.size() * (of.size() - 1));
  const SeedSummary tested = SummaryOf(beyond, {0, std::nullopt});
  summary.standard_error = tested.standard_error / std::abs(divisor.mean);
  summary.p_value = std::max(tested.p_value, divisor.p_value);

  // Fieller: the r for which the mean of of - r by is 0 within its interval.
  const double t = StudentTTwoSided(kLevel, summary.seeds - 1);
  const auto squared = [t](const SeedSummary& x) {
    return x.mean * x.mean - t * t * x.standard_error * x.standard_error;
  };
  const double a = squared(divisor);
  const double b = numerator.mean * divisor.mean - t * t * covariance;
  const double half = std::sqrt(std::max(0.0, b * b - a * squared(numerator)));
  summary.lower = (b - half) / a;
  summary.upper = (b + half) / a;
  return summary;
}

std::vector<double> AdjustByHolm(const std::vector<double>& p_values) {
  std::vector<size_t> order(p_values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return p_values[a] < p_values[b];
  });
  std::vector<double> adjusted(p_values.size());
  double least = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    const auto left = static_cast<double>(order.size() - i);
    least = std::max(least, std::min(1.0, left * p_values[order[i]]));
    adjusted[order[i]] = least;
  }
  return adjusted;
}

int SeedsThatDecide(const SeedSummary& summary, const ClaimBounds& bounds,
                    double level) {
  const double distance = std::abs(Inside(summary.mean, bounds));
  const auto decides = [&](double off, double standard_error, int seeds) {
    const double deviation =
        standard_error * std::sqrt(static_cast<double>(summary.seeds));
    const double error = deviation / std::sqrt(static_cast<double>(seeds));
    return TwoSided(off, error, seeds) <= level;
  };
  for (int seeds = kMinSeeds; seeds <= kMaxSeeds; ++seeds) {
    if (decides(distance, summary.standard_error, seeds) &&
        (!summary.divisor.has_value() ||
         decides(std::abs(summary.divisor->mean),
                 summary.divisor->standard_error, seeds))) {
      return seeds;
    }
  }
  return 0;
}

}  // namespace isoshape
