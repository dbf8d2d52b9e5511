#ifndef ISOSHAPE_SCALING_REPORTS_FIT_LAW_H_
#define ISOSHAPE_SCALING_REPORTS_FIT_LAW_H_

#include "absl/status/statusor.h"
#include "scaling/reports/law_options.h"
#include "scaling/reports/law_report.h"
#include "scaling/runs/runs.h"

namespace isoshape {

// Fits a law to runs. INVALID_ARGUMENT if an option or a number is out of
// range; FAILED_PRECONDITION if the runs cannot fix the law, with what to add.
// Deterministic.
//
//   auto report = FitLaw(runs, {.law = Law::kParametric});
absl::StatusOr<LawReport> FitLaw(const Runs& runs, const LawOptions& options);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_REPORTS_FIT_LAW_H_
