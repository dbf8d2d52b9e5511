#include "scaling/reports/parametric_report.h"

#include <cmath>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status/status_macros.h"
#include "common/text/format_number.h"
#include "scaling/laws/diagnosis.h"
#include "scaling/laws/parametric_law.h"
#include "scaling/reports/report_parts.h"
#include "scaling/runs/geometry.h"
#include "scaling/runs/row_name.h"
#include "scaling/statistics/wald.h"

namespace isoshape {
namespace {

// Number of groups of runs in which residuals are looked at.
constexpr int kResidualGroups = 12;
// A figure that moves by less is moved by rounding.
constexpr double kRounding = 1e-12;
// If the runs' FLOPs depart further than this from a power of size, a warning
// says so.
constexpr double kNotableRuleError = 0.05;

// What the fit itself says of its parameters, without resamples.
struct Doubts {
  bool floor_at_bound = false;
  bool gamma_at_bound = false;
  std::vector<Unidentified> by_condition;

  Doubts(const PowerSumFit& fit, const PowerSumData& data,
         const LawOptions& options)
      : floor_at_bound(!options.fixed_e && AtLowerBound(fit.law, data)),
        gamma_at_bound(GammaAtBound(fit.law)),
        by_condition(UnidentifiedByCondition(
            fit, data, ParametricOptions(options, data))) {}

  // What of the law is at its bound, so that the others rest on it, or empty.
  std::string AtBound() const {
    if (floor_at_bound) return kFloorAtBound;
    return gamma_at_bound ? kGammaAtBound : "";
  }

  // Why the parameter is not identified, or empty.
  std::string Of(const std::string& parameter) const {
    for (const Unidentified& one : by_condition) {
      if (one.parameter == parameter) return one.reason;
    }
    return "";
  }
};

// Names the parameters that the runs do not identify.
void MarkUnidentified(const PowerSumFit& fit, const PowerSumData& data,
                      const LawOptions& options, const Doubts& doubts,
                      LawReport& report) {
  for (LawFigure& figure : report.parameters) {
    if (options.fixed_e && figure.name == "E") continue;
    if (doubts.floor_at_bound && figure.name == "E") {
      figure.unidentified = absl::StrFormat(
          "it comes out at its bound, 0: the runs only show that it is at most "
          "about %.3g, and the exponents rest on it",
          HighestFloor(data, fit, ParametricOptions(options, data)));
      continue;
    }
    if (doubts.gamma_at_bound && figure.name == "gamma") {
      figure.unidentified = absl::StrFormat(
          "it comes out at its bound, %g: the runs do not show how %s it is, "
          "and the exponents rest on it",
          fit.law.gamma, fit.law.gamma < 1 ? "small" : "large");
      continue;
    }
    if (figure.unidentified.empty()) figure.unidentified = doubts.AtBound();
    if (figure.unidentified.empty()) {
      figure.unidentified = WideInterval(figure.name, figure.estimate);
    }
    if (figure.unidentified.empty()) {
      figure.unidentified = doubts.Of(figure.name);
    }
  }
}

// Whether the places of the runs, on one line or of one budget, tell none of
// the exponents.
bool PlacesTellNothing(const Runs& runs) {
  const RunGeometry geometry = MeasureGeometry(runs);
  return !geometry.one_line.empty() || !geometry.one_budget.empty();
}

// The options without resamples if the places of the runs tell nothing: what no
// interval is shown of needs none, and fits of such resamples, along valleys
// without an end, are the slowest of all.
LawOptions WithoutNeedlessResamples(const Runs& runs, LawOptions options) {
  if (!PlacesTellNothing(runs)) return options;
  options.resamples = 0;
  options.resampling.reset();
  return options;
}

// Marks what the places of the runs do not tell. The law's own best size of one
// budget is no better known than its parts.
void MarkByPlaces(const Runs& runs, LawReport& report) {
  MarkByGeometry(runs, report);
  if (MeasureGeometry(runs).one_budget.empty()) return;
  MarkFigures("the runs are of one budget", report.derived);
}

// E of resamples that end at its bound, 0, says only how large it is at most.
void OpenAtFloor(LawFigure& e) {
  constexpr double kOfValue = 1e-6;
  for (Interval* one : {&e.estimate.percentile, &e.estimate.bca}) {
    if (one->lower && *one->lower < kOfValue * e.estimate.value) {
      one->lower = 0;
    }
  }
}

void AddParameters(const Bootstrap<PowerSumFit>& bootstrap,
                   const LawOptions& options, LawReport& report) {
  const auto add = [&](const char* name, const char* meaning,
                       double (*figure)(const PowerSum&)) {
    report.parameters.push_back(
        MakeFigure(bootstrap, options, name, meaning, figure));
  };
  // The parts add up to the loss above E, or, with gamma, to what is raised.
  const bool raised = options.free_gamma;
  add("A", raised ? "coefficient of size in the sum" : "part of size, at N = 1",
      [](const PowerSum& law) { return std::exp(law.ln_a[0]); });
  add("B",
      raised ? "coefficient of tokens in the sum" : "part of tokens, at D = 1",
      [](const PowerSum& law) { return std::exp(law.ln_a[1]); });
  add("E",
      options.fixed_e ? "loss that nothing removes, fixed"
                      : "loss that nothing removes",
      [](const PowerSum& law) { return law.e; });
  if (!options.fixed_e) OpenAtFloor(report.parameters.back());
  add("alpha", "exponent of size",
      [](const PowerSum& law) { return law.alpha[0]; });
  add("beta", "exponent of tokens",
      [](const PowerSum& law) { return law.alpha[1]; });
  if (!options.free_gamma) return;
  add("gamma", "exponent of both parts together",
      [](const PowerSum& law) { return law.gamma; });
}

// Adds at which budgets and sizes the law bends otherwise than the losses, and
// which runs pull `a`.
void Diagnose(const Runs& runs, const Bootstrap<PowerSumFit>& bootstrap,
              const Resampling& resampling, const ComputeRule& rule,
              LawReport& report) {
  std::vector<double> residuals =
      Residuals(bootstrap.fit.law, ParametricData(runs));
  for (double& residual : residuals) residual = -residual;
  const auto warn = [&](const char* what, const std::vector<double>& values,
                        std::string (*format)(double)) {
    for (std::string& warning : ResidualWarnings(
             what, GroupResiduals(values, residuals, kResidualGroups),
             format)) {
      report.warnings.push_back(std::move(warning));
    }
  };
  if (!runs.budget.empty()) warn("budget", runs.budget, FormatFlops);
  warn("size", runs.size, FormatCount);
  // If there are many units, several were left out together (JackknifeFits).
  if (bootstrap.jackknife.size() != static_cast<size_t>(resampling.units())) {
    return;
  }
  const LawFigure* const a = FindLawFigure(report.derived, "a");
  if (a == nullptr || !a->unidentified.empty()) return;
  // With tied exponents and C = 6 N D it is 1/2, which no run moves.
  if (a->estimate.standard_error < kRounding) return;
  std::vector<double> without;
  for (const PowerSumFit& fit : bootstrap.jackknife) {
    without.push_back(fit.converged ? SizeExponent(fit.law, rule) : NAN);
  }
  const double with = SizeExponent(bootstrap.fit.law, rule);
  for (const Influence& one : FindInfluence(with, without)) {
    if (!one.pulls) continue;
    const std::vector<int>& rows = resampling.unit(one.unit);
    report.findings.push_back(absl::StrFormat(
        "%s weighs much: without it a is %.4f and not %.4f, %.0f %% of the "
        "variance that leaving out each run in turn gives a",
        rows.size() > 1 ? RunName(runs, rows.front())
                        : RowName(runs, rows.front()),
        with + one.shift, with, 100 * one.share));
  }
}

void AddDerived(const Bootstrap<PowerSumFit>& bootstrap,
                const LawOptions& options, const ComputeRule& rule,
                double flops, LawReport& report) {
  const auto add = [&](const std::string& name, const std::string& meaning,
                       const auto& figure) {
    report.derived.push_back(
        MakeFigure(bootstrap, options, name, meaning, figure));
  };
  add("a", "best size grows as C^a",
      [&](const PowerSum& law) { return SizeExponent(law, rule); });
  add("b", "best tokens grow as C^b",
      [&](const PowerSum& law) { return TokenExponent(law, rule); });
  add("g", "the best loss above E falls as C^-g",
      [&](const PowerSum& law) { return DecayExponent(law, rule); });
  add("tokens_per_size",
      absl::StrFormat("best D / N at %s FLOPs, the largest run",
                      FormatFlops(flops)),
      [&](const PowerSum& law) {
        const ComputeOptimum best = OptimumAt(law, flops, rule);
        return best.tokens / best.size;
      });
  // Figures that follow from exponents that are not known are not known either.
  JudgeWidths(report.derived);
  for (const LawFigure& parameter : report.parameters) {
    if (parameter.unidentified.empty()) continue;
    if (parameter.name != "alpha" && parameter.name != "beta") continue;
    for (LawFigure& figure : report.derived) {
      const bool at_bound = parameter.unidentified == kFloorAtBound ||
                            parameter.unidentified == kGammaAtBound;
      figure.unidentified = at_bound ? parameter.unidentified
                                     : parameter.name + " is not identified";
    }
  }
}

// One parameter that a hypothesis sets to 0, and how it is called.
struct Hypothesis {
  std::string name;       // such as `alpha = beta`
  std::string parameter;  // such as `alpha - beta`
  std::string law;        // in which it is seen, such as `without the tie `
};

// Says whether the runs reject that `parameter`, by `fit`, is 0: a Wald test by
// its variance over the resamples. That of losses without noise is only what
// the search leaves open, and no error.
std::string Verdict(const Hypothesis& hypothesis, const PowerSumFit& fit,
                    const LawFigure& parameter, double level) {
  const std::string& name = hypothesis.name;
  if (fit.exact) return name + " is not tested: the losses have no noise";
  if (parameter.draws.empty()) {
    return name + " is not tested, which takes resamples";
  }
  const double deviation = parameter.estimate.standard_error;
  const WaldTest test =
      TestZero(Eigen::VectorXd::Constant(1, parameter.estimate.value),
               Eigen::MatrixXd::Constant(1, 1, deviation * deviation));
  std::string unknown =
      fit.problem.empty() ? parameter.unidentified : fit.problem;
  if (unknown.empty() && !std::isfinite(test.p_value)) {
    unknown = "it has no spread over the resamples";
  }
  if (!unknown.empty()) {
    return absl::StrFormat("%s is not tested: %sthe runs do not tell %s (%s)",
                           name, hypothesis.law, hypothesis.parameter, unknown);
  }
  return absl::StrFormat(
      "%s is %s: %s%s is %.3g, standard error %.2g, p = %.2g", name,
      test.p_value < 1 - level ? "rejected" : "not rejected", hypothesis.law,
      hypothesis.parameter, parameter.estimate.value, deviation, test.p_value);
}

// Adds whether the runs reject that the exponents are equal, by the law without
// the tie on the same resamples.
absl::Status TestTie(const Runs& runs, const PowerSumData& data,
                     PowerSumOptions how, const Resampling& resampling,
                     const LawOptions& options, LawReport& report) {
  if (PlacesTellNothing(runs)) {
    report.findings.emplace_back(
        "alpha = beta is not tested: the places of the runs do not tell alpha "
        "- beta");
    return absl::OkStatus();
  }
  how.tie_exponents = false;
  ISOSHAPE_ASSIGN_OR_RETURN(
      const Bootstrap<PowerSumFit> untied,
      BootstrapPowerSum(data, how, resampling, options.execution));
  const LawFigure difference = MakeFigure(
      untied, options, "", "",
      [](const PowerSum& law) { return law.alpha[0] - law.alpha[1]; });
  report.findings.push_back(Verdict({.name = "alpha = beta",
                                     .parameter = "alpha - beta",
                                     .law = "without the tie "},
                                    untied.fit, difference, options.level));
  return absl::OkStatus();
}

// Adds whether the runs reject that gamma is 1. Its logarithm is tested, whose
// draws are nearer to normal ones. What the fit says against gamma is a reason
// against a test, and a wide interval is none.
void TestGamma(const Runs& runs, const Bootstrap<PowerSumFit>& bootstrap,
               const LawOptions& options, const Doubts& doubts,
               LawReport& report) {
  if (PlacesTellNothing(runs)) {
    report.findings.emplace_back(
        "gamma = 1 is not tested: the places of the runs do not tell gamma");
    return;
  }
  LawFigure ln_gamma =
      MakeFigure(bootstrap, options, "", "",
                 [](const PowerSum& law) { return std::log(law.gamma); });
  if (ln_gamma.unidentified.empty()) {
    ln_gamma.unidentified = doubts.AtBound();
  }
  if (ln_gamma.unidentified.empty()) {
    ln_gamma.unidentified = doubts.Of("gamma");
  }
  report.findings.push_back(
      Verdict({.name = "gamma = 1", .parameter = "ln gamma", .law = ""},
              bootstrap.fit, ln_gamma, options.level));
}

// The law in letters.
std::string Formula(const LawOptions& options) {
  if (options.free_gamma) return "L = E + (A N^-alpha + B D^-beta)^gamma";
  const std::string plain = "L = E + A N^-alpha + B D^-beta";
  return options.tie_exponents ? plain + ", alpha = beta" : plain;
}

}  // namespace

LawOptimum OptimumOf(const PowerSumFit& fit) {
  return {.objective = fit.objective,
          .gradient_norm = fit.gradient_norm,
          .condition = fit.condition,
          .starts = fit.starts,
          .agreeing = fit.agreeing,
          .converged = fit.converged,
          .problem = fit.problem};
}

absl::StatusOr<LawReport> ParametricReport(const Runs& runs,
                                           const LawOptions& asked) {
  const LawOptions options = WithoutNeedlessResamples(runs, asked);
  const PowerSumData data = ParametricData(runs);
  const PowerSumOptions how = ParametricOptions(options, data);
  ISOSHAPE_RETURN_IF_ERROR(CheckSizesAndTokensVary(runs, how.Parameters(2)));
  ISOSHAPE_RETURN_IF_ERROR(CheckFixedE(runs, options.fixed_e));
  ISOSHAPE_ASSIGN_OR_RETURN(const ComputeRule rule, RuleOf(runs, options));
  ISOSHAPE_ASSIGN_OR_RETURN(const Resampling resampling,
                            ResamplingOf(runs, options));
  ISOSHAPE_ASSIGN_OR_RETURN(
      const Bootstrap<PowerSumFit> bootstrap,
      BootstrapPowerSum(data, how, resampling, options.execution));
  LawReport report = BeginReport(runs, options, resampling, Formula(options));
  AddParameters(bootstrap, options, report);
  const Doubts doubts(bootstrap.fit, data, options);
  MarkUnidentified(bootstrap.fit, data, options, doubts, report);
  AddDerived(bootstrap, options, rule, runs.FlopsRange().second, report);
  MarkByPlaces(runs, report);
  const PowerSumFit& fit = bootstrap.fit;
  report.optimum = OptimumOf(fit);
  report.rows = FittedRows(runs, Residuals(fit.law, data), options.loss);
  report.warnings = RunWarnings(runs);
  MarkUnconverged(report);
  WarnOfFailures(report.parameters.front().estimate, report.warnings);
  for (std::string& warning :
       OutlierWarnings(runs, Residuals(fit.law, data), options.loss)) {
    report.warnings.push_back(std::move(warning));
  }
  if (fit.exact) {
    report.findings.emplace_back(
        "the law goes through every loss within rounding: they have no noise, "
        "and intervals say nothing");
  } else {
    Diagnose(runs, bootstrap, resampling, rule, report);
  }
  if (options.free_gamma) {
    TestGamma(runs, bootstrap, options, doubts, report);
  }
  if (options.tie_exponents) {
    ISOSHAPE_RETURN_IF_ERROR(
        TestTie(runs, data, how, resampling, options, report));
  }
  if (rule.rmse > kNotableRuleError) {
    report.warnings.push_back(absl::StrFormat(
        "the runs' FLOPs depart from a power of size by %.0f %%: derived "
        "figures rest on C = %s N^%.3f D",
        100 * rule.rmse, FormatRatio(std::exp(rule.ln_coefficient)),
        rule.exponent));
  }
  return report;
}

}  // namespace isoshape
