#ifndef ISOSHAPE_SCALING_REPORTS_ISOFLOP_REPORT_H_
#define ISOSHAPE_SCALING_REPORTS_ISOFLOP_REPORT_H_

#include "absl/status/statusor.h"
#include "scaling/isoflop/isoflop.h"
#include "scaling/reports/law_options.h"
#include "scaling/reports/law_report.h"
#include "scaling/runs/runs.h"

namespace isoshape {

// FitLaw by kIsoflop: the optimum of each budget and its growth with compute.
// Expects runs and options that FitLaw has checked.
absl::StatusOr<LawReport> IsoflopReport(const Runs& runs,
                                        const LawOptions& options);

// The report of a fit by these options that is there already.
LawReport ReportOf(const Runs& runs, const LawOptions& options,
                   const Resampling& resampling, const IsoflopFit& fit);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_REPORTS_ISOFLOP_REPORT_H_
