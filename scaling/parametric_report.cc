#include <algorithm>
#include <cmath>
#include <cstddef>

#include "absl/strings/str_format.h"
#include "scaling/law_report_parts.h"
#include "scaling/parametric_law.h"

namespace isoshape {
namespace {

// Beyond it the digits of the parameters mean nothing (PowerSumFit::condition).
constexpr double kMostCondition = 1e6;
// A coefficient whose interval spans a larger factor is not known at all.
constexpr double kMostCoefficientRange = 1e6;
// Runs' FLOPs that depart further from a power of size are worth a word.
constexpr double kNotableRuleError = 0.05;

std::string OpenCoefficient(const Interval& interval) {
  return interval.lower && interval.upper &&
                 *interval.upper > kMostCoefficientRange * *interval.lower
             ? absl::StrFormat("its interval spans a factor of %.1g",
                               *interval.upper / *interval.lower)
             : "";
}

std::string OpenExponent(const LawFigure& figure) {
  const Interval& interval = figure.estimate.percentile;
  if (figure.estimate.value <= 0 || (interval.lower && *interval.lower <= 0)) {
    return "an exponent of 0, that is no effect, is within its interval";
  }
  return "";
}

void AddParameters(const Bootstrap<PowerSumFit>& bootstrap,
                   const LawOptions& options, LawReport& report) {
  const auto add = [&](const char* name, const char* meaning,
                       double (*figure)(const PowerSum&)) -> LawFigure& {
    report.parameters.push_back(
        MakeFigure(bootstrap, options, name, meaning, figure));
    return report.parameters.back();
  };
  const auto mark = [](LawFigure& figure, const std::string& problem) {
    if (figure.unidentified.empty()) figure.unidentified = problem;
  };
  LawFigure& a = add("A", "part of size, at N = 1",
                     [](const PowerSum& law) { return std::exp(law.ln_a[0]); });
  mark(a, OpenCoefficient(a.estimate.percentile));
  LawFigure& b = add("B", "part of tokens, at D = 1",
                     [](const PowerSum& law) { return std::exp(law.ln_a[1]); });
  mark(b, OpenCoefficient(b.estimate.percentile));
  add("E",
      options.fixed_e ? "loss that nothing removes, fixed"
                      : "loss that nothing removes",
      [](const PowerSum& law) { return law.e; });
  LawFigure& alpha = add("alpha", "exponent of size",
                         [](const PowerSum& law) { return law.alpha[0]; });
  mark(alpha, OpenExponent(alpha));
  LawFigure& beta = add("beta", "exponent of tokens",
                        [](const PowerSum& law) { return law.alpha[1]; });
  mark(beta, OpenExponent(beta));
  if (bootstrap.fit.condition > kMostCondition) {
    for (LawFigure& figure : report.parameters) {
      mark(figure, absl::StrFormat("the fit's condition is %.1g",
                                   bootstrap.fit.condition));
    }
  }
}

void AddDerived(const Bootstrap<PowerSumFit>& bootstrap,
                const LawOptions& options, const ComputeRule& rule,
                double flops, LawReport& report) {
  const auto add = [&](std::string name, std::string meaning,
                       const auto& figure) {
    report.derived.push_back(MakeFigure(bootstrap, options, std::move(name),
                                        std::move(meaning), figure));
  };
  add("a", "best size grows as C^a",
      [&](const PowerSum& law) { return SizeExponent(law, rule); });
  add("b", "best tokens grow as C^b",
      [&](const PowerSum& law) { return TokenExponent(law, rule); });
  add("tokens_per_size",
      absl::StrFormat("best D / N at %.3g FLOPs, the largest run", flops),
      [&](const PowerSum& law) {
        const ComputeOptimum best = OptimumAt(law, flops, rule);
        return best.tokens / best.size;
      });
  // What rests on exponents that are not known is not known either.
  for (const LawFigure& parameter : report.parameters) {
    if (parameter.unidentified.empty()) continue;
    if (parameter.name != "alpha" && parameter.name != "beta") continue;
    for (LawFigure& figure : report.derived) {
      figure.unidentified = parameter.name + " is not identified";
    }
  }
}

}  // namespace

absl::StatusOr<LawReport> ParametricReport(const RunTable& table,
                                           const LawOptions& options) {
  const auto sizes = Sizes(table, options.size);
  if (!sizes.ok()) return sizes.status();
  if (auto status = CheckSizesAndTokensVary(table, *sizes); !status.ok()) {
    return status;
  }
  const auto rule = options.constraint == ComputeConstraint::kSixNd
                        ? ComputeRule()
                        : FitComputeRule(table, *sizes);
  if (!rule.ok()) return rule.status();
  const auto resampling = ResamplingOf(table, options);
  if (!resampling.ok()) return resampling.status();
  const auto bootstrap =
      BootstrapPowerSum(ParametricData(table, *sizes),
                        {.loss = options.loss, .fixed_e = options.fixed_e},
                        *resampling, options.execution);
  if (!bootstrap.ok()) return bootstrap.status();

  LawReport report = BeginReport(table, options, *resampling,
                                 "L = E + A N^-alpha + B D^-beta");
  AddParameters(*bootstrap, options, report);
  double largest = 0;
  for (size_t i = 0; i < table.rows(); ++i) {
    largest = std::max(largest, table.flops.empty()
                                    ? 6 * (*sizes)[i] * table.tokens[i]
                                    : table.flops[i]);
  }
  AddDerived(*bootstrap, options, *rule, largest, report);
  const PowerSumFit& fit = bootstrap->fit;
  report.optimum = LawOptimum{.objective = fit.objective,
                              .gradient_norm = fit.gradient_norm,
                              .condition = fit.condition,
                              .starts = fit.starts,
                              .agreeing = fit.agreeing,
                              .converged = fit.converged,
                              .problem = fit.problem};
  report.warnings = RunWarnings(table, *sizes);
  if (!fit.converged) {
    report.warnings.push_back("the fit is not converged: " + fit.problem);
  }
  WarnOfFailures(report.parameters.front().estimate, report.warnings);
  if (rule->rmse > kNotableRuleError) {
    report.warnings.push_back(absl::StrFormat(
        "the runs' FLOPs depart from a power of size by %.0f %%: derived "
        "figures rest on C = %.3g N^%.3f D",
        100 * rule->rmse, std::exp(rule->ln_coefficient), rule->exponent));
  }
  return report;
}

}  // namespace isoshape
