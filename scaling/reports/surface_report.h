#ifndef ISOSHAPE_SCALING_REPORTS_SURFACE_REPORT_H_
#define ISOSHAPE_SCALING_REPORTS_SURFACE_REPORT_H_

#include "absl/status/statusor.h"
#include "scaling/reports/law_options.h"
#include "scaling/reports/law_report.h"
#include "scaling/runs/runs.h"

namespace isoshape {

// FitLaw by kSurface: the parameters of the joint isoFLOP surface, and what
// follows from them. Expects runs and options that FitLaw has checked.
absl::StatusOr<LawReport> SurfaceReport(const Runs& runs,
                                        const LawOptions& options);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_REPORTS_SURFACE_REPORT_H_
