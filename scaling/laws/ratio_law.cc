#include "scaling/laws/ratio_law.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/strings/str_format.h"
#include "common/status/status_macros.h"
#include "common/threads/cancellation.h"
#include "scaling/laws/penalized_rows.h"
#include "scaling/laws/power_sum_fit.h"
#include "scaling/laws/ratio_law_rows.h"
#include "scaling/laws/robust_polish.h"
#include "scaling/statistics/intervals.h"

namespace isoshape {
namespace {

// Passes of a fit with priors: the noise is known after the first.
constexpr int kNoisePasses = 3;

bool Varies(const std::vector<double>& x) {
  const auto [low, high] = std::minmax_element(x.begin(), x.end());
  return *high - *low > 1e-9;
}

struct End {
  RatioLaw law;
  double objective = std::numeric_limits<double>::infinity();
  bool converged = false;
};

// Priors and how they are weighed.
struct Priors {
  std::optional<LawPrior> law = {};
  double noise = 0;
  Eigen::VectorXd shift = {};
};

Priors PriorsOf(const std::optional<WeakPriors>& weak, double noise) {
  Priors priors{.noise = noise};
  if (weak && noise > 0) priors.law.emplace(*weak, false, true);
  return priors;
}

// The local minimum below `start`: by BFGS if it lies inside the bounds, else
// by Levenberg and Marquardt within them, which is many times slower.
End GoDown(const RatioLawData& data, const std::vector<double>& weights,
           const RatioLaw& start, double delta, const Priors& priors) {
  const RatioLawRows rows(data, weights);
  std::optional<PenalizedRows> penalized;
  if (priors.law) {
    penalized.emplace(rows, rows.LawByTheta(), *priors.law, priors.noise,
                      priors.shift);
  }
  const RobustRows* all = &rows;
  if (penalized) all = &*penalized;
  const Polished polished = Polish(*all, delta, rows.ToTheta(start));
  if (polished.converged()) {
    return {rows.ToLaw(polished.theta), polished.objective, true};
  }
  if (Cancelled()) return {};
  const BoundedPolish bounded = rows.PolishWithinBounds(
      delta, rows.ToTheta(start), penalized ? &*penalized : nullptr);
  return {rows.ToLaw(bounded.theta), bounded.objective, bounded.converged};
}

// The best of several starts about the law without shape.
absl::StatusOr<RatioLawFit> FitFromStarts(const RatioLawData& data,
                                          const PowerSum& plain,
                                          double huber_delta,
                                          const Priors& priors) {
  std::vector<double> ratios = data.ln_ratio;
  std::sort(ratios.begin(), ratios.end());
  std::vector<End> ends;
  RatioLawFit fit;
  for (const double share : {0.5, 0.2, 0.8}) {
    for (const double g : {0.03, 0.3}) {
      if (Cancelled()) return absl::CancelledError("nobody waits for the fit");
      RatioLaw start;
      start.e = plain.e;
      start.ln_a = plain.ln_a[0];
      start.ln_b = plain.ln_a[1];
      start.alpha = std::clamp(plain.alpha[0], 0.01, 2.0);
      start.beta = std::clamp(plain.alpha[1], 0.01, 2.0);
      start.g = g * std::exp(start.ln_a);
      start.c0 = Quantile(ratios, share);
      const End end = GoDown(data, {}, start, huber_delta, priors);
      ++fit.starts;
      if (std::isfinite(end.objective)) ends.push_back(end);
    }
  }
  if (ends.empty()) {
    return absl::FailedPreconditionError(
        "no start of the shape law's fit led anywhere; are the losses of one "
        "recipe?");
  }
  const End& best = *std::min_element(
      ends.begin(), ends.end(),
      [](const End& a, const End& b) { return a.objective < b.objective; });
  fit.agreeing = static_cast<int>(
      std::count_if(ends.begin(), ends.end(), [&](const End& end) {
        return end.objective <= best.objective * (1 + 1e-4) + 1e-16;
      }));
  fit.law = best.law;
  fit.objective = best.objective;
  fit.converged = best.converged && fit.agreeing >= 2;
  if (!best.converged) {
    fit.problem = "the solver stopped before the gradient vanished";
  } else if (!fit.converged) {
    fit.problem = absl::StrFormat("only 1 of %d starts found the least optimum",
                                  fit.starts);
  }
  fit.noise = priors.noise;
  if (!priors.law) return fit;
  const RatioLawRows rows(data, {});
  fit.posterior =
      PenalizedRows(rows, rows.LawByTheta(), *priors.law, priors.noise, {})
          .At(rows.ToTheta(fit.law), huber_delta);
  return fit;
}

std::vector<double> ResidualsOf(const RatioLaw& law, const RatioLawData& data) {
  std::vector<double> residuals;
  for (size_t i = 0; i < data.rows(); ++i) {
    residuals.push_back(
        law.LogLoss(data.ln_size[i], data.ln_tokens[i], data.ln_ratio[i]) -
        data.ln_loss[i]);
  }
  return residuals;
}

}  // namespace

double RatioLaw::LogLoss(double ln_size, double ln_tokens,
                         double ln_ratio) const {
  const double departure = ln_ratio - BestLogRatio(ln_size);
  const double loss =
      e + std::exp(ln_b - beta * ln_tokens) +
      std::exp(-alpha * ln_size) * (std::exp(ln_a) + g * departure * departure);
  return loss > 0 ? std::log(loss) : std::numeric_limits<double>::quiet_NaN();
}

double RatioLaw::BandHalfWidth(double ln_size, double ln_tokens,
                               double share) const {
  if (!(g > 0)) return std::numeric_limits<double>::infinity();
  const double least =
      std::exp(LogLoss(ln_size, ln_tokens, BestLogRatio(ln_size)));
  return std::sqrt(share * least / (g * std::exp(-alpha * ln_size)));
}

RatioLaw RatioLawOf(const Eigen::VectorXd& parameters) {
  return {.e = std::exp(parameters[2]),
          .ln_a = parameters[0],
          .ln_b = parameters[1],
          .alpha = parameters[3],
          .beta = parameters[4],
          .g = parameters[5] * std::exp(parameters[0]),
          .c0 = parameters[6],
          .c1 = parameters[7]};
}

Eigen::VectorXd ParametersOf(const RatioLaw& law) {
  Eigen::VectorXd parameters(RatioLaw::kParameters);
  parameters << law.ln_a, law.ln_b, std::log(law.e), law.alpha, law.beta,
      law.g / std::exp(law.ln_a), law.c0, law.c1;
  return parameters;
}

absl::StatusOr<RatioLawFit> FitRatioLaw(
    const RatioLawData& data, double huber_delta,
    const std::optional<WeakPriors>& prior) {
  const size_t rows = data.rows();
  if (data.ln_size.size() != rows || data.ln_tokens.size() != rows ||
      data.ln_ratio.size() != rows ||
      !(data.weights.empty() || data.weights.size() == rows)) {
    return absl::InvalidArgumentError("columns of unequal length");
  }
  if (rows <= RatioLaw::kParameters) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "%d runs cannot fix the %d parameters of the shape law; give more runs",
        rows, RatioLaw::kParameters));
  }
  for (const auto& [name, values] :
       {std::pair{"size", &data.ln_size}, std::pair{"tokens", &data.ln_tokens},
        std::pair{"aspect ratio", &data.ln_ratio},
        std::pair{"loss", &data.ln_loss}}) {
    if (!Varies(*values)) {
      return absl::FailedPreconditionError(absl::StrFormat(
          "%s is the same in all runs: the shape law needs runs "
          "that differ in it",
          name));
    }
  }
  PowerSumOptions options;
  options.loss.huber_delta = huber_delta;
  const auto plain = FitPowerSum({.ln_x = {data.ln_size, data.ln_tokens},
                                  .ln_loss = data.ln_loss,
                                  .weights = data.weights},
                                 options);
  if (!plain.ok()) return plain.status();
  ISOSHAPE_ASSIGN_OR_RETURN(RatioLawFit fit,
                            FitFromStarts(data, plain->law, huber_delta, {}));
  for (int pass = 0; prior && pass < kNoisePasses; ++pass) {
    const double noise =
        NoiseWithPrior(ResidualsOf(fit.law, data), RatioLaw::kParameters);
    ISOSHAPE_ASSIGN_OR_RETURN(fit, FitFromStarts(data, plain->law, huber_delta,
                                                 PriorsOf(prior, noise)));
  }
  return fit;
}

RatioLawFit RefitRatioLaw(const RatioLawData& data,
                          const std::vector<double>& weights,
                          const RatioLawFit& start, double huber_delta,
                          const std::optional<WeakPriors>& prior,
                          std::optional<int> draw) {
  Priors priors = PriorsOf(prior, start.noise);
  if (priors.law && draw) {
    priors.shift = PriorShift(priors.law->figures(), *draw);
  }
  const End end = GoDown(data, weights, start.law, huber_delta, priors);
  RatioLawFit fit;
  fit.law = end.law;
  fit.objective = end.objective;
  fit.converged = end.converged;
  fit.starts = fit.agreeing = 1;
  if (!fit.converged) fit.problem = "the solver did not converge";
  return fit;
}

}  // namespace isoshape
