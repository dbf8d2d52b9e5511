#include "scaling/reports/envelope_report.h"

#include <cmath>
#include <string>
#include <utility>

#include "absl/strings/str_format.h"
#include "common/status/status_macros.h"
#include "scaling/isoflop/envelope.h"
#include "scaling/reports/report_parts.h"

namespace isoshape {

absl::StatusOr<LawReport> EnvelopeReport(const Runs& runs,
                                         const LawOptions& asked) {
  ISOSHAPE_ASSIGN_OR_RETURN(const EnvelopeFit fit, FitEnvelope(runs));
  const int points = RunsOnEnvelope(runs, fit);
  const LawOptions options = WithIntervalsOfLine(points, asked);
  ISOSHAPE_ASSIGN_OR_RETURN(const Resampling resampling,
                            ResamplingOf(runs, options));
  ISOSHAPE_ASSIGN_OR_RETURN(
      const Bootstrap<EnvelopeFit> bootstrap,
      BootstrapEnvelope(runs, resampling, options.execution));
  LawReport report = BeginReport(
      runs, options, resampling,
      "N* = c_N C^a, D* = c_D C^b, L* = c_L C^-g along the lower convex hull "
      "of ln loss over ln FLOPs");
  const auto add = [&](const char* name, const char* meaning,
                       const auto& figure) {
    report.parameters.push_back(
        MakeFigure(bootstrap, options, name, meaning, figure));
  };
  // A coefficient and its interval, with the error of its logarithm.
  const auto add_coefficient = [&](const char* name, const char* meaning,
                                   Line EnvelopeLaw::*line) {
    const auto intercept = [line](const EnvelopeLaw& law) {
      return (law.*line).intercept;
    };
    LawFigure made = MakeFigure(
        bootstrap, options, name, WithErrorOfLogarithm(meaning),
        [&](const EnvelopeLaw& law) { return std::exp(intercept(law)); });
    made.estimate.standard_error =
        bootstrap.Estimate(intercept, options.level).standard_error;
    report.parameters.push_back(std::move(made));
  };
  add("a", "best size grows as C^a",
      [](const EnvelopeLaw& law) { return law.size.slope; });
  add("b", "best tokens grow as C^b",
      [](const EnvelopeLaw& law) { return law.tokens.slope; });
  add("g", "loss falls as C^-g",
      [](const EnvelopeLaw& law) { return -law.loss.slope; });
  add_coefficient("c_N", "N* at C = 1", &EnvelopeLaw::size);
  add_coefficient("c_D", "D* at C = 1", &EnvelopeLaw::tokens);
  add_coefficient("c_L", "L* at C = 1", &EnvelopeLaw::loss);
  report.findings.push_back(absl::StrFormat("%d of %d runs are on the envelope",
                                            fit.rows.size(), runs.rows()));
  if (const std::string design = DesignSaysSizes(runs); !design.empty()) {
    for (LawFigure& figure : report.parameters) {
      figure.unidentified = "the design of the runs says it, not their losses";
    }
    report.warnings.push_back(design);
  }
  JudgeLine(points, "runs on the envelope", report);
  WarnOfFailures(report.parameters.front().estimate, report.warnings);
  return report;
}

}  // namespace isoshape
