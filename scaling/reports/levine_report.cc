#include "scaling/reports/levine_report.h"

#include "absl/strings/str_format.h"
#include "common/status_macros.h"
#include "scaling/laws/levine_law.h"
#include "scaling/reports/report_parts.h"

namespace isoshape {

absl::StatusOr<LawReport> LevineReport(const Runs& runs,
                                       const LawOptions& options) {
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
      bootstrap.fit.optima, bootstrap.fit.rmse));
  if (bootstrap.fit.single > 0) {
    report.warnings.push_back(
        absl::StrFormat("%d budgets tried one shape only and are left out",
                        bootstrap.fit.single));
  }
  if (bootstrap.fit.optima < 4) {
    report.warnings.push_back(absl::StrFormat(
        "a line through the best shapes of %d budgets; its intervals tell "
        "which runs were drawn, not whether it is a line",
        bootstrap.fit.optima));
  }
  WarnOfFailures(report.parameters.front().estimate, report.warnings);
  return report;
}

}  // namespace isoshape
