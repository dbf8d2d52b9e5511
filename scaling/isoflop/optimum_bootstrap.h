#ifndef ISOSHAPE_SCALING_ISOFLOP_OPTIMUM_BOOTSTRAP_H_
#define ISOSHAPE_SCALING_ISOFLOP_OPTIMUM_BOOTSTRAP_H_

#include <array>
#include <vector>

#include "scaling/isoflop/size_curve.h"
#include "scaling/isoflop/size_optimum.h"
#include "scaling/statistics/bootstrap.h"
#include "scaling/statistics/parallel.h"
#include "scaling/statistics/resampling.h"

namespace isoshape {

// ln N*, ln D* and ln L* of each budget; NaN if a budget has no optimum. Has
// the members that Bootstrap needs of a fit.
struct BudgetOptima {
  struct Law {
    std::vector<double> ln_size, ln_tokens, ln_loss;
    // Coefficients of the rule's parabola; NaN if it has none.
    std::vector<std::array<double, 3>> parabola;
  } law;
  bool converged = true;
};

// One figure of one budget in each fit.
std::vector<double> FiguresOf(const std::vector<BudgetOptima>& fits,
                              std::vector<double> BudgetOptima::Law::*figure,
                              size_t budget);

// The optima of the curves by `rule`, of all runs and of every resample of
// them; `curves` are those of the resampling's rows. Sizes and shapes that
// count as one in the curves do so in every resample, and a size's loss is that
// of its best shape in the resample. D* is that of the runs at N*, between
// neighbours linear in ln N. A resample with fewer than three sizes of a budget
// has no optimum there.
Bootstrap<BudgetOptima> BootstrapOptima(const Runs& runs,
                                        const std::vector<SizeCurve>& curves,
                                        const OptimumRule& rule,
                                        const Resampling& resampling,
                                        const Execution& execution);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_ISOFLOP_OPTIMUM_BOOTSTRAP_H_
