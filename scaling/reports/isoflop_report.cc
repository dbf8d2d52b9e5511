#include "scaling/reports/isoflop_report.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status/status_macros.h"
#include "common/text/format_number.h"
#include "scaling/isoflop/isoflop.h"
#include "scaling/reports/report_parts.h"
#include "scaling/surface/far_off.h"

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

// Every run of a budget that has a parabola beside it. A shape that is not the
// best of its size is not used, and has weight 0. None by an interpolant, which
// goes through every loss.
std::vector<FittedRow> RowsOf(const Runs& runs, const IsoflopFit& fit) {
  if (fit.options.rule.method == OptimumMethod::kAkima) return {};
  std::vector<FittedRow> rows;
  for (const BudgetOptimum& budget : fit.budgets) {
    const CurveColumns columns = Columns(budget.curve);
    const SizeOptimum optimum = FindSizeOptimum(columns, fit.options.rule);
    if (columns.loss.size() < 3) continue;
    const std::vector<double> weights = CurveWeights(columns, fit.options.rule);
    for (size_t i = 0; i < budget.curve.points.size(); ++i) {
      const std::vector<ShapeMean>& shapes = budget.curve.points[i].shapes;
      for (size_t k = 0; k < shapes.size(); ++k) {
        for (const int row : shapes[k].rows) {
          FittedRow& one = rows.emplace_back();
          if (!runs.line.empty()) one.line = runs.line[row];
          one.size = runs.size[row];
          one.tokens = runs.tokens[row];
          one.loss = runs.loss[row];
          const double at = optimum.parabola.At(std::log(one.size));
          one.fitted = fit.options.rule.log_loss ? std::exp(at) : at;
          // The window's, of the size's runs together.
          one.weight = k == 0 ? weights[i] / columns.runs[i] : 0;
        }
      }
    }
  }
  std::stable_sort(
      rows.begin(), rows.end(),
      [](const FittedRow& a, const FittedRow& b) { return a.line < b.line; });
  return rows;
}

}  // namespace

absl::StatusOr<LawReport> IsoflopReport(const Runs& runs,
                                        const LawOptions& options) {
  ISOSHAPE_ASSIGN_OR_RETURN(const Resampling resampling,
                            ResamplingOf(runs, options));
  ISOSHAPE_ASSIGN_OR_RETURN(const IsoflopFit fit,
                            FitIsoflop(runs, resampling,
                                       {.rule = {.method = options.rule},
                                        .level = options.level,
                                        .seed = options.seed},
                                       options.execution));
  return ReportOf(runs, options, resampling, fit);
}

LawReport ReportOf(const Runs& runs, const LawOptions& options,
                   const Resampling& resampling, const IsoflopFit& fit) {
  LawReport report =
      BeginReport(runs, options, resampling,
                  "N* = c_N C^a, D* = c_D C^b, L* = c_L C^-g over the best "
                  "size of each budget");
  const auto add = [&](const char* name, const std::string& meaning,
                       const BootstrapEstimate& estimate) {
    report.parameters.push_back(MakeFigure(name, meaning, estimate));
  };
  if (fit.size) {
    add("a", "best size grows as C^a", fit.size->exponent);
    add("b", "best tokens grow as C^b", fit.tokens->exponent);
    add("g", "loss falls as C^-g", Negative(fit.loss->exponent));
    add("c_N", WithErrorOfLogarithm("N* at C = 1"),
        TrendEstimateAt(*fit.size, 1, options.level));
    add("c_D", WithErrorOfLogarithm("D* at C = 1"),
        TrendEstimateAt(*fit.tokens, 1, options.level));
    add("c_L", WithErrorOfLogarithm("L* at C = 1"),
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
        "tried on losses made by the parametric law, without noise, at these "
        "sizes: N* at %s FLOPs comes out %.3f times that law's, the exponent "
        "%+.4f off",
        FormatFlops(fit.bias->target_flops), fit.bias->size_factor,
        fit.bias->exponent_shift));
  }
  report.rows = RowsOf(runs, fit);
  report.warnings = fit.warnings;
  // Where the runs have no FLOPs to spend it by, there is no prediction either.
  const ComputeRule rule = RuleOf(runs, options).value_or(ComputeRule());
  const std::string problem = fit.size ? TrendProblem(runs, rule) : "";
  if (!problem.empty()) {
    report.warnings.push_back("predictions do not follow the trend: " +
                              problem);
  }
  report.budgets = fit.budgets;
  return report;
}

}  // namespace isoshape
