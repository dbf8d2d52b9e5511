#include <string>

#include "scaling/reports/law_report_parts.h"
#include "scaling/reports/method_comparison.h"

namespace isoshape {

absl::StatusOr<LawReport> MethodsReport(const RunTable& table,
                                        const LawOptions& options) {
  const auto resampling = ResamplingOf(table, options);
  if (!resampling.ok()) return resampling.status();
  const auto comparison = CompareMethods(
      table, *resampling,
      {.size = options.size,
       .parametric = {.loss = options.loss, .fixed_e = options.fixed_e},
       .level = options.level},
      options.execution);
  if (!comparison.ok()) return comparison.status();
  LawReport report = BeginReport(table, options, *resampling,
                                 "N* ~ C^a, a by several methods from the "
                                 "same resamples");
  for (const MethodFigures& method : comparison->methods) {
    report.parameters.push_back(
        {.name = method.method,
         .meaning = method.biased ? "a, by a method known to be biased" : "a",
         .estimate = method.size_exponent,
         .unidentified = UnidentifiedBy(method.size_exponent)});
  }
  report.warnings = comparison->warnings;
  return report;
}

}  // namespace isoshape
