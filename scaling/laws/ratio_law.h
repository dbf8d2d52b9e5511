#ifndef ISOSHAPE_SCALING_LAWS_RATIO_LAW_H_
#define ISOSHAPE_SCALING_LAWS_RATIO_LAW_H_

#include <Eigen/Dense>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "scaling/laws/weak_prior.h"
#include "scaling/statistics/posterior.h"

namespace isoshape {

// Our shape law: L = E + A N^-alpha + B D^-beta + G (ln(r / r*(N)))^2 N^-alpha,
// r = width / depth, ln r* = c0 + c1 ln N. At G = 0 shape does not matter; at
// c1 = 0 the best aspect ratio is the same at every size.
struct RatioLaw {
  static constexpr int kParameters = 8;

  double e = 0, ln_a = 0, ln_b = 0, alpha = 0, beta = 0;
  double g = 0;  // G, of any sign; below 0 there is no best aspect ratio
  double c0 = 0, c1 = 0;

  // ln L; NaN if the law gives a loss that is not above 0.
  double LogLoss(double ln_size, double ln_tokens, double ln_ratio) const;
  // ln r* at a size.
  double BestLogRatio(double ln_size) const { return c0 + c1 * ln_size; }
  // The half-width in ln r of the aspect ratios whose loss is within `share`
  // (0.01: 1 %) of the least; infinite if G is not above 0.
  double BandHalfWidth(double ln_size, double ln_tokens, double share) const;
};

// Rows by column, equally many.
struct RatioLawData {
  std::vector<double> ln_size, ln_tokens, ln_ratio, ln_loss;
  std::vector<double> weights = {};  // >= 0; empty: all 1
  size_t rows() const { return ln_loss.size(); }
};

struct RatioLawFit {
  RatioLaw law;
  double objective = 0;  // sum of weight * Huber(residual of ln L)
  int starts = 0, agreeing = 0;
  bool converged = false;
  std::string problem;  // why not, or empty
  // With priors, as of PowerSumFit; the posterior is of (ln A, ln B, ln E,
  // alpha, beta, G / A, c0, c1).
  double noise = 0;
  std::optional<Posterior> posterior = {};
};

// The law of those parameters, and they of a law.
RatioLaw RatioLawOf(const Eigen::VectorXd& parameters);
Eigen::VectorXd ParametersOf(const RatioLaw& law);

// Least sum of Huber losses of the log residual (Ceres, Jets), from starts
// about the law without shape, in centred coordinates. Converged if two starts
// or more end in the least optimum, with a gradient of 0 within tolerance.
// INVALID_ARGUMENT if lengths differ; FAILED_PRECONDITION if there are no more
// than eight rows, or size, tokens or aspect ratio do not vary, or all losses
// are equal. With priors it is the maximum of the posterior, and G is above 0.
absl::StatusOr<RatioLawFit> FitRatioLaw(
    const RatioLawData& data, double huber_delta,
    const std::optional<WeakPriors>& prior = {});

// Fits the rows under other weights, which the weights of the rows multiply,
// started from a fit that is near the optimum; `draw` is that of
// PowerSumRefitter. For bootstraps; safe to call from several threads.
RatioLawFit RefitRatioLaw(const RatioLawData& data,
                          const std::vector<double>& weights,
                          const RatioLawFit& start, double huber_delta,
                          const std::optional<WeakPriors>& prior = {},
                          std::optional<int> draw = {});

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_LAWS_RATIO_LAW_H_
