#ifndef ISOSHAPE_SCALING_ISOFLOP_ISOFLOP_BIAS_H_
#define ISOSHAPE_SCALING_ISOFLOP_ISOFLOP_BIAS_H_

#include <optional>
#include <vector>

#include "scaling/isoflop/size_curve.h"
#include "scaling/isoflop/size_optimum.h"

namespace isoshape {

// The bias of an extrapolation that comes from the rule for finding optima and
// the sizes that were tried alone. It is found by applying the rule to
// noise-free losses of a law whose optimum is known. The law is the parametric
// one, fitted to the same runs; if the law does not describe the runs, the bias
// found is not theirs either.
struct ExtrapolationBias {
  double target_flops = 0;
  // Found / true, of N* and D* at the target.
  double size_factor = 1, token_factor = 1;
  double exponent_shift = 0;  // of N*: found - true
};

// `curves` are the budgets behind a trend and `weights` theirs in it. Absent if
// there are fewer than two budgets or the law cannot be fitted.
std::optional<ExtrapolationBias> EstimateBias(
    const std::vector<SizeCurve>& curves, const std::vector<double>& weights,
    const OptimumRule& rule, double target_flops);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_ISOFLOP_ISOFLOP_BIAS_H_
