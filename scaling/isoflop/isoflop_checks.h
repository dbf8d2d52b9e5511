#ifndef ISOSHAPE_SCALING_ISOFLOP_ISOFLOP_CHECKS_H_
#define ISOSHAPE_SCALING_ISOFLOP_ISOFLOP_CHECKS_H_

#include <cstddef>
#include <vector>

#include "absl/status/status.h"
#include "scaling/isoflop/isoflop.h"
#include "scaling/isoflop/size_curve.h"

namespace isoshape {

// What FitIsoflop refuses before it fits: INVALID_ARGUMENT for runs, a
// resampling or options that are wrong, FAILED_PRECONDITION for runs without
// budgets.
absl::Status CheckIsoflop(const Runs& runs, const Resampling& resampling,
                          const IsoflopOptions& options);

// FAILED_PRECONDITION if no curve of so many runs has ground for an optimum.
absl::Status CheckCurves(const std::vector<SizeCurve>& curves, size_t runs);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_ISOFLOP_ISOFLOP_CHECKS_H_
