#ifndef ISOSHAPE_SCALING_LAWS_POWER_SUM_CHECKS_H_
#define ISOSHAPE_SCALING_LAWS_POWER_SUM_CHECKS_H_

#include "absl/status/status.h"
#include "scaling/laws/power_sum.h"
#include "scaling/laws/power_sum_fit.h"

namespace isoshape {

// What FitPowerSum refuses before it fits; its errors.
absl::Status CheckPowerSum(const PowerSumData& data,
                           const PowerSumOptions& options);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_LAWS_POWER_SUM_CHECKS_H_
