#ifndef ISOSHAPE_SCALING_LAWS_POWER_SUM_FIT_H_
#define ISOSHAPE_SCALING_LAWS_POWER_SUM_FIT_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "scaling/laws/power_sum.h"
#include "scaling/laws/weak_prior.h"
#include "scaling/statistics/posterior.h"

namespace isoshape {

struct PowerSumOptions {
  RobustLoss loss;
  // E if it is known, such as the entropy of a task, and then not fitted; 0:
  // the law has no E.
  std::optional<double> fixed_e = {};
  // All exponents are equal, and one parameter.
  bool tie_exponents = false;
  // gamma of the law is a parameter, not 1; neither with tied exponents nor
  // with priors, which know no gamma.
  bool free_gamma = false;
  // Of a law of two terms, size and tokens: what is known before any run.
  std::optional<WeakPriors> prior = {};
  // Starts are tried until so many ended in the same, best optimum.
  int agreeing_starts = 4;
  int max_starts = 32;

  // The number of parameters that are fitted for a law with this many terms.
  int Parameters(size_t terms) const {
    const size_t exponents = tie_exponents ? 1 : terms;
    return static_cast<int>(terms + exponents) + (fixed_e ? 0 : 1) +
           (free_gamma ? 1 : 0);
  }
};

struct PowerSumFit {
  PowerSum law;
  double objective = 0;  // of the runs, without priors
  // Norm of the gradient of ln(objective), in coordinates in which the
  // curvature is about 1 in every direction: half its square is the share of
  // the objective that a better fit could still gain. 0 for least absolute
  // deviations.
  double gradient_norm = 0;
  int starts = 0;    // tried
  int agreeing = 0;  // that ended in `law`
  // Ratio of the largest to the least singular value of the weighted Jacobian,
  // each column (a parameter, ln A and ln E among them) scaled to length 1 and
  // each ln x taken about its mean. Above about 1e6 digits mean nothing.
  double condition = 0;
  // True if the law goes through every loss within rounding: no noise.
  bool exact = false;
  // True if it is exact, or agreeing_starts starts ended with a gradient of 0
  // within rounding.
  bool converged = false;
  std::string problem;  // why it is not converged, or empty
  // With priors: the deviation of ln loss of a run by which they were weighed,
  // and of the first fit the posterior of (ln A, ln B, ln E, alpha, beta).
  double noise = 0;
  std::optional<Posterior> posterior = {};
};

// The law of those parameters, and they of a law of two terms.
PowerSum LawOf(const Eigen::VectorXd& parameters,
               std::optional<double> fixed_e);
Eigen::VectorXd ParametersOf(const PowerSum& law);

// The least of TotalLoss(law, data, options.loss) over all laws with E >= 0.
// Starts are the exact solutions for (E, A_k) >= 0, in which the law is linear,
// over a grid of exponents; each is polished by BFGS (Ceres) in centred
// and whitened coordinates. Deterministic.
// With priors it is the maximum of the posterior, the noise being found by
// repetition.
//
// INVALID_ARGUMENT if lengths differ, a number is not finite, or an option is
// out of range; FAILED_PRECONDITION if there are fewer distinct rows than
// parameters, all losses are equal, or an x does not vary.
absl::StatusOr<PowerSumFit> FitPowerSum(const PowerSumData& data,
                                        const PowerSumOptions& options);

// Fits of the same rows under other weights, each started from the law that
// fits the rows at their own weights, and from the grid if that fails. Weights
// of the rows themselves count in every fit.
// Safe to call from several threads.
class PowerSumRefitter {
 public:
  PowerSumRefitter(PowerSumData data, PowerSumOptions options,
                   const PowerSumFit& start);

  // `weights` by row. `agreeing` is 1 if the fit converged, else 0. If `draw`
  // is given, the means of the priors are drawn anew, by this number: priors
  // are observations too, and resampled with the runs (randomize, then
  // optimize: Bardsley et al. 2014), so that intervals hold what they leave
  // open.
  PowerSumFit Fit(const std::vector<double>& weights,
                  std::optional<int> draw = {}) const;

 private:
  PowerSumData data_;
  PowerSumOptions options_;
  PowerSum start_;
  double noise_;
};

// `count` normal deviates for the means of priors in resample `draw`.
Eigen::VectorXd PriorShift(int count, int draw);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_LAWS_POWER_SUM_FIT_H_
