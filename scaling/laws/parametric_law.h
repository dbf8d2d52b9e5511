#ifndef ISOSHAPE_SCALING_LAWS_PARAMETRIC_LAW_H_
#define ISOSHAPE_SCALING_LAWS_PARAMETRIC_LAW_H_

#include <cmath>
#include <vector>

#include "absl/status/statusor.h"
#include "scaling/laws/power_sum_fit.h"
#include "scaling/runs/runs.h"
#include "scaling/statistics/bootstrap.h"

namespace isoshape {

// The parametric law L(N, D) = E + A N^-alpha + B D^-beta (Hoffmann et al.
// 2022, equation 2) is the PowerSum of x = (N, D): A and alpha are ln_a[0] and
// alpha[0], B and beta those of index 1. With gamma (power_sum.h) N*, D* and
// their growth are those of the sum that is raised to it.

// How compute is spent: C = coefficient N^exponent D training FLOPs, by default
// 6 N D (Kaplan et al. 2020).
struct ComputeRule {
  double ln_coefficient = std::log(6.0);
  double exponent = 1;
  // Root mean square departure of the runs from it, of ln C; 0 if it was not
  // fitted.
  double rmse = 0;

  // D that C buys at size N.
  double Tokens(double size, double flops) const;
  // ln C of training size N on D tokens.
  double LnFlops(double ln_size, double ln_tokens) const {
    return ln_coefficient + exponent * ln_size + ln_tokens;
  }
};

// The rule that the runs' own FLOPs follow: least squares of ln(flops / D) on
// ln N. FAILED_PRECONDITION if flops are not known or all sizes are equal.
absl::StatusOr<ComputeRule> FitComputeRule(const Runs& runs);

// The size and tokens at which a compute gives the least loss.
struct ComputeOptimum {
  double size = 0;    // N*
  double tokens = 0;  // D*
  double loss = 0;    // nats per token
};
// With C = c N^p D: N* = (alpha A / (p beta B) (C / c)^beta)^(1 / (alpha + p
// beta)). Not finite if an exponent is not above 0.
ComputeOptimum OptimumAt(const PowerSum& law, double flops,
                         const ComputeRule& rule);

// N* ~ C^a, D* ~ C^b: a = beta / (alpha + p beta), b = 1 - p a.
double SizeExponent(const PowerSum& law, const ComputeRule& rule);
double TokenExponent(const PowerSum& law, const ComputeRule& rule);
// The best loss above E falls as C^-g: g = gamma alpha a.
double DecayExponent(const PowerSum& law, const ComputeRule& rule);

// ln N, ln D and ln loss of the runs.
PowerSumData ParametricData(const Runs& runs);

// Fits the law, and again on each resample, started from the first fit.
// FitPowerSum's errors. Deterministic, whatever the threads.
absl::StatusOr<Bootstrap<PowerSumFit>> BootstrapPowerSum(
    const PowerSumData& data, const PowerSumOptions& options,
    const Resampling& resampling, const Execution& execution);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_LAWS_PARAMETRIC_LAW_H_
