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
  // Equal figures differ by rounding only: they are exact.
  if (summary.standard_error < 1e-12 * std::abs(summary.mean)) {
    summary.standard_error = 0;
  }
  summary.lower = *mean.mean.lower;
  summary.upper = *mean.mean.upper;
  const double inside = Inside(summary.mean, bounds);
  summary.holds = inside > 0;
  summary.p_value =
      TwoSided(std::abs(inside), summary.standard_error, summary.seeds);
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
  const double deviation =
      summary.standard_error * std::sqrt(static_cast<double>(summary.seeds));
  for (int seeds = kMinSeeds; seeds <= kMaxSeeds; ++seeds) {
    const double error = deviation / std::sqrt(static_cast<double>(seeds));
    if (TwoSided(distance, error, seeds) <= level) return seeds;
  }
  return 0;
}

}  // namespace isoshape
