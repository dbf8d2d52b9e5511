#include "scaling/reports/levine_report.h"

#include "absl/strings/str_format.h"
#include "common/status/status_macros.h"
#include "common/text/counted.h"
#include "scaling/laws/levine_law.h"
#include "scaling/reports/report_parts.h"

namespace isoshape {

absl::StatusOr<LawReport> LevineReport(const Runs& runs,
                                       const LawOptions& asked) {
  ISOSHAPE_ASSIGN_OR_RETURN(const LevineFit fit, FitLevine(runs));
  const LawOptions options = WithIntervalsOfLine(fit.optima, asked);
  ISOSHAPE_ASSIGN_OR_RETURN(const Resampling resampling,
                            ResamplingOf(runs, options));
  ISOSHAPE_ASSIGN_OR_RETURN(
      const Bootstrap<LevineFit> bootstrap,
      BootstrapLevine(runs, resampling, options.execution));
  LawReport report = BeginReport(runs, options, resampling,
                                 "ln width = a + b depth, over the best shape "
                                 "of each budget");
  report.parameters.push_back(
      MakeFigure(bootstrap, options, "a", "ln width at depth 0",
                 [](const LevineLaw& law) { return law.a; }));
  report.parameters.push_back(
      MakeFigure(bootstrap, options, "b", "growth of ln width with depth",
                 [](const LevineLaw& law) { return law.b; }));
  report.findings.push_back(absl::StrFormat(
      "%d budgets; ln width departs from the line by %.3g (root mean square)",
      fit.optima, fit.rmse));
  if (fit.single > 0) {
    report.warnings.push_back(absl::StrFormat(
        "%s tried one shape only and %s left out",
        Counted(fit.single, "budget"), fit.single == 1 ? "is" : "are"));
  }
  JudgeLine(fit.optima, "budgets with a best shape", report);
  WarnOfFailures(report.parameters.front().estimate, report.warnings);
  return report;
}

}  // namespace isoshape
