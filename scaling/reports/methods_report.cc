#include "scaling/reports/methods_report.h"

#include "common/status/status_macros.h"
#include "scaling/reports/method_comparison.h"
#include "scaling/reports/report_parts.h"

namespace isoshape {

absl::StatusOr<LawReport> MethodsReport(const Runs& runs,
                                        const LawOptions& options) {
  ISOSHAPE_ASSIGN_OR_RETURN(const Resampling resampling,
                            ResamplingOf(runs, options));
  ISOSHAPE_ASSIGN_OR_RETURN(
      const MethodComparison comparison,
      CompareMethods(
          runs, resampling,
          {.parametric = {.loss = options.loss, .fixed_e = options.fixed_e},
           .level = options.level,
           .seed = options.seed},
          options.execution));
  LawReport report = BeginReport(runs, options, resampling,
                                 "N* ~ C^a, a by several methods from the same "
                                 "resamples");
  for (const MethodFigures& method : comparison.methods) {
    report.parameters.push_back(
        MakeFigure(method.method,
                   method.biased ? "a, by a method known to be biased" : "a",
                   method.size_exponent));
  }
  report.warnings = comparison.warnings;
  report.findings = comparison.findings;
  return report;
}

}  // namespace isoshape
