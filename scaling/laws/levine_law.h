#ifndef ISOSHAPE_SCALING_LAWS_LEVINE_LAW_H_
#define ISOSHAPE_SCALING_LAWS_LEVINE_LAW_H_

#include <vector>

#include "absl/status/statusor.h"
#include "scaling/runs/runs.h"
#include "scaling/statistics/bootstrap.h"

namespace isoshape {

// ln width = a + b depth over the best shapes (Levine et al. 2020, arXiv
// 2006.12467).
struct LevineLaw {
  double a = 0, b = 0;
};

struct LevineFit {
  LevineLaw law;
  int optima = 0;          // budgets
  int single = 0;          // budgets of one shape only, which have no best one
  double rmse = 0;         // of ln width
  bool converged = false;  // in a resample: its best shapes differ in depth
};

// Least squares over the run of least loss of each budget that tried several
// shapes; rows of weight 0 do not count. FAILED_PRECONDITION if fewer than
// two budgets have best shapes of different depth, or width, depth or budgets
// are not known.
absl::StatusOr<LevineFit> FitLevine(const Runs& runs,
                                    const std::vector<double>& weights = {});

// FitLevine on all runs and on every resample. Errors of FitLevine.
absl::StatusOr<Bootstrap<LevineFit>> BootstrapLevine(
    const Runs& runs, const Resampling& resampling, const Execution& execution);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_LAWS_LEVINE_LAW_H_
