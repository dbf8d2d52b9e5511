#include "scaling/reports/shape_report.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "common/status/status_macros.h"
#include "common/text/interval_text.h"
#include "common/threads/cancellation.h"
#include "scaling/laws/shape_laws.h"
#include "scaling/reports/report_parts.h"

namespace isoshape {
namespace {

// Shares above the least loss for which the band of aspect ratios is reported.
constexpr struct {
  double share;
  const char* text;
} kBands[] = {{0.005, "0.5"}, {0.01, "1"}};

void AddFigures(const ShapeLawComparison& comparison,
                const Bootstrap<RatioLawFit>& bootstrap,
                const LawOptions& options, LawReport& report) {
  const auto add = [&](std::vector<LawFigure>& figures, const std::string& name,
                       const std::string& meaning, const auto& figure) {
    figures.push_back(MakeFigure(bootstrap, options, name, meaning, figure));
  };
  std::vector<LawFigure>& parameters = report.parameters;
  add(parameters, "A", "part of size, at N = 1",
      [](const RatioLaw& law) { return std::exp(law.ln_a); });
  add(parameters, "B", "part of tokens, at D = 1",
      [](const RatioLaw& law) { return std::exp(law.ln_b); });
  add(parameters, "E", "loss that nothing removes",
      [](const RatioLaw& law) { return law.e; });
  add(parameters, "alpha", "exponent of size",
      [](const RatioLaw& law) { return law.alpha; });
  add(parameters, "beta", "exponent of tokens",
      [](const RatioLaw& law) { return law.beta; });
  add(parameters, "G", "what a departure from r* costs",
      [](const RatioLaw& law) { return law.g; });
  add(parameters, "c0", "ln r* at N = 1",
      [](const RatioLaw& law) { return law.c0; });
  add(parameters, "c1", "growth of ln r* with ln N",
      [](const RatioLaw& law) { return law.c1; });

  add(report.derived, "g", "the best loss above E falls as C^-g",
      [](const RatioLaw& law) {
        return law.alpha * law.beta / (law.alpha + law.beta);
      });
  const RatioLawData& data = comparison.data;
  const auto largest = static_cast<size_t>(
      std::max_element(data.ln_size.begin(), data.ln_size.end()) -
      data.ln_size.begin());
  const double n = data.ln_size[largest];
  const double d = data.ln_tokens[largest];
  add(report.derived, "best_ratio",
      absl::StrFormat("best width / depth at N = %.3g, the largest",
                      std::exp(n)),
      [n](const RatioLaw& law) { return std::exp(law.BestLogRatio(n)); });
  for (const auto& band : kBands) {
    for (const int sign : {-1, 1}) {
      add(report.derived,
          absl::StrFormat("ratio_%s_%s_percent", sign < 0 ? "low" : "high",
                          band.text),
          absl::StrFormat("%s aspect ratio within %s %% of the least loss",
                          sign < 0 ? "lowest" : "highest", band.text),
          [=](const RatioLaw& law) {
            return std::exp(law.BestLogRatio(n) +
                            sign * law.BandHalfWidth(n, d, band.share));
          });
    }
  }
}

// Adds what the intervals say about G = 0 and c1 = 0. If G may be 0, no aspect
// ratio is shown to be the best.
void JudgeHypotheses(const ShapeHypotheses& hypotheses, LawReport& report) {
  const auto find = [&](const char* name) -> const LawFigure& {
    return *std::find_if(
        report.parameters.begin(), report.parameters.end(),
        [name](const LawFigure& figure) { return figure.name == name; });
  };
  const Interval c1 = find("c1").estimate.percentile;
  const ShapeTest& test = hypotheses.test;
  report.findings.push_back(
      test.problem.empty()
          ? absl::StrFormat(
                "G = 0 (shape does not matter) is %s: t = %.2f with %d degrees "
                "of freedom, p = %.2g%s",
                hypotheses.shape_matters ? "rejected" : "not rejected", test.t,
                test.degrees_of_freedom, test.p_value,
                report.optimum->converged ? ""
                                          : ", and the fit is not converged")
          : absl::StrFormat("G = 0 (shape does not matter) is not tested: %s",
                            test.problem));
  if (!hypotheses.shape_matters) {
    for (LawFigure& figure : report.parameters) {
      if (figure.name == "G") figure.unidentified = "it may be 0";
      if (figure.name == "c0" || figure.name == "c1") {
        figure.unidentified = "G may be 0";
      }
    }
    for (LawFigure& figure : report.derived) {
      if (figure.name != "g") figure.unidentified = "G may be 0";
    }
    return;
  }
  if (report.interval_method.empty()) return;
  report.findings.push_back(absl::StrFormat(
      "c1 = 0 (one aspect ratio is best at every size) is %s: the %g %% "
      "interval of c1 is %s",
      hypotheses.ratio_drifts ? "rejected" : "not rejected", 100 * report.level,
      IntervalText(c1.lower, c1.upper,
                   [](double end) { return absl::StrFormat("%.3g", end); })));
}

}  // namespace

absl::StatusOr<LawReport> ShapeReport(const Runs& runs,
                                      const LawOptions& options) {
  const ShapeLawOptions shape_options{.huber_delta = options.loss.huber_delta,
                                      .level = options.level,
                                      .weak_prior = options.weak_prior};
  ISOSHAPE_ASSIGN_OR_RETURN(const ShapeLawComparison comparison,
                            CompareShapeLaws(runs, shape_options));
  ISOSHAPE_ASSIGN_OR_RETURN(const Resampling resampling,
                            ResamplingOf(runs, options));
  const Bootstrap<RatioLawFit> bootstrap = BootstrapRatioLaw(
      comparison, resampling, shape_options, options.execution);

  LawReport report = BeginReport(
      runs, options, resampling,
      "L = E + A N^-alpha + B D^-beta + G ln(r/r*)^2 N^-alpha, ln r* = c0 + "
      "c1 ln N, r = width / depth");
  AddFigures(comparison, bootstrap, options, report);
  // To judge very many runs takes as long as some of the resamples.
  if (Cancelled()) return absl::CancelledError("nobody waits for the fit");
  const RatioLawFit& fit = comparison.ratio;
  report.optimum = LawOptimum{.objective = fit.objective,
                              .starts = fit.starts,
                              .agreeing = fit.agreeing,
                              .converged = fit.converged,
                              .problem = fit.problem};
  const ShapeHypotheses judged =
      JudgeShape(runs, comparison, bootstrap, options.level);
  JudgeHypotheses(judged, report);
  for (size_t i = 0; i < comparison.scores.size(); ++i) {
    const ShapeLawScore& score = comparison.scores[i];
    report.comparison.push_back(
        {.name = score.name,
         .formula = score.formula,
         .parameters = score.parameters,
         .in_sample_rmse = score.in_sample_rmse,
         .held_out_rmse = score.held_out_rmse,
         .chosen = score.converged && (i == 0 || judged.shape_matters) &&
                   static_cast<int>(i) == comparison.chosen});
  }
  report.rows = FittedRows(runs, Residuals(fit.law, comparison.data),
                           {.huber_delta = options.loss.huber_delta});
  report.findings.push_back(comparison.explanation);
  if (std::none_of(report.comparison.begin(), report.comparison.end(),
                   [](const ComparedLaw& law) { return law.chosen; })) {
    report.findings.push_back(
        absl::StrFormat("no law is chosen: %s",
                        comparison.scores[comparison.chosen].converged
                            ? "that shape matters is not shown"
                            : "the one that misses least is not converged"));
  }
  report.warnings = RunWarnings(runs);
  report.warnings.insert(report.warnings.end(), comparison.warnings.begin(),
                         comparison.warnings.end());
  MarkByGeometry(runs, report);
  MarkUnconverged(report);
  WarnOfFailures(report.parameters.front().estimate, report.warnings);
  return report;
}

}  // namespace isoshape
