#include "scaling/reports/law_report_parts.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace isoshape {
namespace {

// With a larger share of resamples failed, an interval says nothing.
constexpr double kMostFailed = 0.05;
// Runs whose FLOPs lie within this factor of each other are of one compute.
constexpr double kOneCompute = 1.1;

std::string IntervalMethod(const RunTable& table, const LawOptions& options,
                           const Resampling& resampling) {
  if (resampling.count() == 0) return "";
  std::string method =
      absl::StrFormat("case bootstrap, %d resamples", resampling.count());
  if (options.resampling) {
    absl::StrAppend(&method, " as given");
  } else {
    absl::StrAppend(&method, " of seed ", options.seed);
    if (!table.run.empty()) {
      absl::StrAppend(&method, ", ", resampling.units(), " clusters by run");
    }
    if (!table.budget.empty()) {
      const std::set<double> budgets(table.budget.begin(), table.budget.end());
      absl::StrAppend(&method, ", stratified by ", budgets.size(), " budgets");
    }
  }
  return method;
}

}  // namespace

std::string DescribeSize(SizeMeasure size) {
  return size == SizeMeasure::kParams ? "parameters" : "FLOPs per token / 6";
}

LawReport BeginReport(const RunTable& table, const LawOptions& options,
                      const Resampling& resampling, std::string formula) {
  LawReport report;
  report.law = LawName(options.law);
  report.formula = std::move(formula);
  report.size = DescribeSize(options.size);
  report.runs = static_cast<int>(table.rows());
  report.level = options.level;
  report.interval_method = IntervalMethod(table, options, resampling);
  return report;
}

absl::Status CheckSizesAndTokensVary(const RunTable& table,
                                     const std::vector<double>& sizes) {
  const struct {
    const char* name;
    const std::vector<double>& values;
  } columns[] = {{"size", sizes}, {"number of tokens", table.tokens}};
  for (const auto& [name, values] : columns) {
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    if (*high > *low * (1 + 1e-9)) continue;
    return absl::FailedPreconditionError(absl::StrFormat(
        "all %d runs have the same %s, %.4g: its part of the loss cannot be "
        "told from E; add runs of another",
        values.size(), name, *low));
  }
  return absl::OkStatus();
}

std::pair<double, double> FlopsRange(const RunTable& table,
                                     const std::vector<double>& sizes) {
  double low = INFINITY;
  double high = 0;
  for (size_t i = 0; i < table.rows(); ++i) {
    const double flops =
        table.flops.empty() ? 6 * sizes[i] * table.tokens[i] : table.flops[i];
    low = std::min(low, flops);
    high = std::max(high, flops);
  }
  return {low, high};
}

std::vector<std::string> RunWarnings(const RunTable& table,
                                     const std::vector<double>& sizes) {
  const auto [low, high] = FlopsRange(table, sizes);
  if (high > kOneCompute * low) return {};
  return {absl::StrFormat(
      "all runs are of one budget, about %.3g FLOPs: size and tokens only "
      "trade against each other, so nothing here says what more compute "
      "brings; add a second budget",
      high)};
}

std::string UnidentifiedBy(const BootstrapEstimate& estimate) {
  const int total = estimate.resamples + estimate.failed;
  if (!std::isfinite(estimate.value)) return "it is not finite";
  if (total == 0) return "";
  if (estimate.failed > kMostFailed * total) {
    return absl::StrFormat("%d of %d resamples could not be fitted",
                           estimate.failed, total);
  }
  if (!estimate.percentile.lower || !estimate.percentile.upper) {
    return "its interval has no end";
  }
  return "";
}

void WarnOfFailures(const BootstrapEstimate& estimate,
                    std::vector<std::string>& warnings) {
  if (estimate.failed == 0) return;
  warnings.push_back(absl::StrFormat(
      "%d of %d resamples could not be fitted; the intervals leave them out",
      estimate.failed, estimate.resamples + estimate.failed));
}

}  // namespace isoshape
