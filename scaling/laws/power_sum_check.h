#ifndef ISOSHAPE_SCALING_LAWS_POWER_SUM_CHECK_H_
#define ISOSHAPE_SCALING_LAWS_POWER_SUM_CHECK_H_

#include <vector>

#include "absl/status/status.h"
#include "scaling/laws/power_sum_fit.h"

namespace isoshape {

// INVALID_ARGUMENT if columns and numbers are not what FitPowerSum takes, or
// options are out of range.
absl::Status CheckPowerSum(const PowerSumData& data,
                           const PowerSumOptions& options);

// FAILED_PRECONDITION if the rows of a weight above 0 cannot tell the law: too
// few different ones, equal losses, or a variable of one value.
// INVALID_ARGUMENT if E is fixed above all losses.
absl::Status CheckEnoughRuns(const PowerSumData& data,
                             const PowerSumOptions& options);

// Whether a law whose residuals of ln loss these are goes through every loss of
// a weight above 0 (none: of all) within what doubles resolve of it: the losses
// have no noise. Every row that counts does so alike: one of a weight far above
// the others' would hide their noise.
bool GoesThroughLosses(const std::vector<double>& residuals,
                       const std::vector<double>& weights);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_LAWS_POWER_SUM_CHECK_H_
