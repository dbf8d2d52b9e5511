#include "scaling/reports/isoflop_report.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status_macros.h"
#include "scaling/isoflop/isoflop.h"
#include "scaling/reports/report_parts.h"

namespace isoshape {
namespace {

Interval Negative(const Interval& interval) {
  Interval result;
  result.value = -interval.value;
  if (interval.upper) result.lower = -*interval.upper;
  if (interval.lower) result.upper = -*interval.lower;
  return result;
}

BootstrapEstimate Negative(BootstrapEstimate estimate) {
  estimate.value = -estimate.value;
  estimate.percentile = Negative(estimate.percentile);
  estimate.bca = Negative(estimate.bca);
  return estimate;
}

}  // namespace

absl::StatusOr<LawReport> IsoflopReport(const Runs& runs,
                                        const LawOptions& options) {
  ISOSHAPE_ASSIGN_OR_RETURN(const Resampling resampling,
                            ResamplingOf(runs, options));
  ISOSHAPE_ASSIGN_OR_RETURN(IsoflopFit fit,
                            FitIsoflop(runs, resampling,
                                       {.rule = {.method = options.rule},
                                        .level = options.level,
                                        .seed = options.seed},
                                       options.execution));
  LawReport report =
      BeginReport(runs, options, resampling,
                  "N* = c_N C^a, D* = c_D C^b, L* = c_L C^-g over the best "
                  "size of each budget");
  const auto add = [&](const char* name, const char* meaning,
                       const BootstrapEstimate& estimate) {
    report.parameters.push_back(MakeFigure(name, meaning, estimate));
  };
  if (fit.size) {
    add("a", "best size grows as C^a", fit.size->exponent);
    add("b", "best tokens grow as C^b", fit.tokens->exponent);
    add("g", "loss falls as C^-g", Negative(fit.loss->exponent));
    add("c_N", "N* at C = 1; the error is of its logarithm",
        TrendEstimateAt(*fit.size, 1, options.level));
    add("c_D", "D* at C = 1; the error is of its logarithm",
        TrendEstimateAt(*fit.tokens, 1, options.level));
    add("c_L", "L* at C = 1; the error is of its logarithm",
        TrendEstimateAt(*fit.loss, 1, options.level));
    report.findings.push_back(absl::StrFormat(
        "%d of %d budgets have an optimum and are in the trends",
        fit.size->budgets, fit.budgets.size()));
  }
  report.findings.push_back(absl::StrCat("optimum of a budget by the rule ",
                                         RuleName(options.rule), ": ",
                                         fit.method));
  if (fit.bias) {
    report.findings.push_back(absl::StrFormat(
        "by its own way of finding optima at these sizes, without any noise, "
        "N* at %.3g FLOPs comes out %.3f times the true one, the exponent "
        "%+.4f off",
        fit.bias->target_flops, fit.bias->size_factor,
        fit.bias->exponent_shift));
  }
  report.warnings = std::move(fit.warnings);
  report.budgets = std::move(fit.budgets);
  return report;
}

}  // namespace isoshape
