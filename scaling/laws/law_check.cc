#include "scaling/laws/law_check.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <set>

#include "absl/strings/str_format.h"
#include "common/text/counted.h"
#include "common/text/format_number.h"
#include "scaling/runs/geometry.h"
#include "scaling/statistics/intervals.h"

namespace isoshape {
namespace {

// Resamples for the standard error, for which few are enough.
constexpr int kResamples = 200;
constexpr double kMaxErrors = 2;
// A miss of ln loss that is too small to matter, even if it is significant.
constexpr double kSmallMiss = 0.01;

// Mean residual of the rows with weight 0; NaN if there are none.
double MeanOfLeftOut(const std::vector<double>& residuals,
                     const std::vector<double>& keep) {
  double mean = 0;
  int count = 0;
  for (size_t i = 0; i < residuals.size(); ++i) {
    if (keep[i] == 0) mean += (residuals[i] - mean) / ++count;
  }
  return count > 0 ? mean : NAN;
}

}  // namespace

std::vector<bool> SmallerRuns(const Runs& runs) {
  const std::vector<double> level = runs.ComputeLevels();
  std::vector<double> sorted = level;
  std::sort(sorted.begin(), sorted.end());
  double most = Quantile(sorted, 0.75);
  if (most >= sorted.back()) {
    const auto largest =
        std::lower_bound(sorted.begin(), sorted.end(), sorted.back());
    most = largest == sorted.begin() ? most : *(largest - 1);
  }
  std::vector<bool> smaller(level.size());
  for (size_t i = 0; i < level.size(); ++i) smaller[i] = level[i] <= most;
  return smaller;
}

std::vector<bool> WellBelowLargest(const Runs& runs) {
  const std::vector<double> level = runs.ComputeLevels();
  const double most = WellBelow(*std::max_element(level.begin(), level.end()));
  std::vector<bool> below(level.size());
  for (size_t i = 0; i < level.size(); ++i) below[i] = level[i] <= most;
  return below;
}

LawCheck BeginCheck(const Runs& runs, const std::vector<bool>& keep) {
  LawCheck check;
  const std::vector<double> flops = runs.TrainingFlops();
  double least = INFINITY;
  double largest = 0;
  for (size_t i = 0; i < keep.size(); ++i) {
    largest = std::max(largest, flops[i]);
    if (!keep[i]) {
      ++check.runs;
      continue;
    }
    least = std::min(least, flops[i]);
    check.above = std::max(check.above, flops[i]);
  }
  check.reach = std::log(largest / check.above);
  check.span = std::log(check.above / least);
  return check;
}

double LawCheck::Discrepancy() const {
  return std::sqrt(
      std::max(0.0, miss * miss - standard_error * standard_error));
}

double LawCheck::Growth(double beyond) const {
  if (reach <= 0 || beyond <= 0) return 1;
  return std::max(1.0,
                  beyond * (beyond + reach + span) / (reach * (reach + span)));
}

LawCheck CheckOnLargest(const Runs& runs, const Resampling& resampling,
                        double scatter, const FitResiduals& fit,
                        const Execution& execution) {
  const std::vector<bool> smaller = SmallerRuns(runs);
  const std::vector<double> keep(smaller.begin(), smaller.end());
  LawCheck check = BeginCheck(runs, smaller);
  std::set<double> levels;
  for (size_t i = 0; i < runs.budget.size(); ++i) {
    if (smaller[i]) levels.insert(runs.budget[i]);
  }
  const bool one_level = runs.budget.empty()
                             ? !(check.span > std::log(kOneBudget))
                             : levels.size() < 2;
  if (check.runs == 0 || one_level) {
    return {.runs = check.runs,
            .above = check.above,
            .problem =
                "it was not tried on compute beyond its runs, which needs a "
                "third budget"};
  }
  check.miss = MeanOfLeftOut(fit(keep), keep);
  if (!std::isfinite(check.miss)) {
    check.problem = absl::StrFormat(
        "without the %s above %s FLOPs it cannot be fitted, so that it "
        "was not tried on them",
        Counted(check.runs, "run"), FormatFlops(check.above));
    return check;
  }
  std::vector<double> misses(
      static_cast<size_t>(std::min(kResamples, resampling.count())));
  ForEachIndex(static_cast<int>(misses.size()), execution, [&](int r) {
    std::vector<double> weights = resampling.Weights(r);
    for (size_t i = 0; i < weights.size(); ++i) weights[i] *= keep[i];
    misses[r] = MeanOfLeftOut(fit(weights), keep);
  });
  check.standard_error =
      std::hypot(Estimate(check.miss, misses, {}, 0.95).standard_error,
                 scatter / std::sqrt(check.runs));
  // Without resamples it is not known how sure the miss is.
  if (resampling.count() > 0 &&
      std::abs(check.miss) >
          std::max(kMaxErrors * check.standard_error, kSmallMiss)) {
    check.problem = absl::StrFormat(
        "fitted without the %s above %s FLOPs it puts their loss %.2g "
        "%% too %s (standard error %.2g %%): it does not bend as they do",
        Counted(check.runs, "run"), FormatFlops(check.above),
        100 * std::abs(std::expm1(check.miss)), check.miss > 0 ? "high" : "low",
        100 * check.standard_error);
  }
  return check;
}

}  // namespace isoshape
