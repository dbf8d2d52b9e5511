#ifndef ISOSHAPE_SCALING_REPORTS_PARAMETRIC_REPORT_H_
#define ISOSHAPE_SCALING_REPORTS_PARAMETRIC_REPORT_H_

#include "absl/status/statusor.h"
#include "scaling/laws/power_sum_fit.h"
#include "scaling/reports/law_options.h"
#include "scaling/reports/law_report.h"
#include "scaling/runs/runs.h"

namespace isoshape {

// FitLaw by kParametric: the figures of L = E + A N^-alpha + B D^-beta, and
// what is the matter with them. Expects runs and options that FitLaw has
// checked.
absl::StatusOr<LawReport> ParametricReport(const Runs& runs,
                                           const LawOptions& options);

// How a fit of a power sum ended, of this law or of the law ladder.
LawOptimum OptimumOf(const PowerSumFit& fit);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_REPORTS_PARAMETRIC_REPORT_H_
