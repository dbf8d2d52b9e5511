#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_format.h"
#include "scaling/isoflop/isoflop_table.h"
#include "scaling/reports/law_report_parts.h"

namespace isoshape {
namespace {

// The exponent of a trend, with the intervals that the trend has of it.
LawFigure ExponentFigure(const LogTrend& trend, const LawOptions& options,
                         std::string name, std::string meaning) {
  LawFigure figure{
      .name = std::move(name),
      .meaning = std::move(meaning),
      .estimate = Estimate(trend.exponent.value, trend.exponent_resamples,
                           trend.exponent_jackknife, options.level)};
  figure.estimate.percentile = trend.exponent;
  figure.estimate.bca = trend.exponent_bca;
  figure.unidentified = UnidentifiedBy(figure.estimate);
  return figure;
}

LawFigure CoefficientFigure(const LogTrend& trend, const LawOptions& options,
                            std::string name, std::string meaning) {
  LawFigure figure{.name = std::move(name),
                   .meaning = std::move(meaning),
                   .estimate = TrendEstimateAt(trend, 1, options.level)};
  figure.unidentified = UnidentifiedBy(figure.estimate);
  return figure;
}

}  // namespace

absl::StatusOr<LawReport> IsoflopReport(const RunTable& table,
                                        const LawOptions& options) {
  const auto resampling = ResamplingOf(table, options);
  if (!resampling.ok()) return resampling.status();
  IsoflopTableOptions isoflop;
  isoflop.size = options.size;
  isoflop.level = options.level;
  isoflop.seed = options.seed;
  const auto fit = FitIsoflopTable(table, *resampling, isoflop);
  if (!fit.ok()) return fit.status();
  LawReport report =
      BeginReport(table, options, *resampling,
                  "N* = c_N C^a, D* = c_D C^b over the best size of each "
                  "budget");
  for (const BudgetOptimum& budget : fit->budgets) {
    report.budgets.push_back({.budget = budget.budget,
                              .runs = budget.runs,
                              .size = budget.size.percentile,
                              .tokens = budget.tokens.percentile,
                              .loss = budget.loss.percentile,
                              .problem = budget.problem});
  }
  if (fit->size && fit->tokens) {
    report.parameters.push_back(
        ExponentFigure(*fit->size, options, "a", "best size grows as C^a"));
    report.parameters.push_back(
        ExponentFigure(*fit->tokens, options, "b", "best tokens grow as C^b"));
    report.parameters.push_back(
        CoefficientFigure(*fit->size, options, "c_N", "N* at C = 1"));
    report.parameters.push_back(
        CoefficientFigure(*fit->tokens, options, "c_D", "D* at C = 1"));
  } else {
    report.warnings.emplace_back(
        "no trend over compute: fewer than two budgets have an optimum");
  }
  report.findings.push_back(fit->method);
  if (fit->bias) {
    report.findings.push_back(absl::StrFormat(
        "by its own way of finding optima at these sizes, without any noise, "
        "N* "
        "at %.3g FLOPs comes out %.3f times too large, the exponent %+.4f",
        fit->bias->target_flops, fit->bias->size_factor,
        fit->bias->exponent_shift));
  }
  report.warnings.insert(report.warnings.end(), fit->warnings.begin(),
                         fit->warnings.end());
  return report;
}

}  // namespace isoshape
