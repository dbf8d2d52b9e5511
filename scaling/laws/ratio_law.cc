#include "scaling/laws/ratio_law.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/strings/str_format.h"
#include "scaling/laws/power_sum_fit.h"
#include "scaling/laws/ratio_law_rows.h"
#include "scaling/laws/robust_polish.h"
#include "scaling/statistics/intervals.h"

namespace isoshape {
namespace {

bool Varies(const std::vector<double>& x) {
  const auto [low, high] = std::minmax_element(x.begin(), x.end());
  return *high - *low > 1e-9;
}

struct End {
  RatioLaw law;
  double objective = std::numeric_limits<double>::infinity();
  bool converged = false;
};

// The local minimum below `start`: by BFGS if it lies inside the bounds, else
// by Levenberg and Marquardt within them, which is many times slower.
End GoDown(const RatioLawData& data, const std::vector<double>& weights,
           const RatioLaw& start, double delta) {
  const RatioLawRows rows(data, weights);
  const Polished polished = Polish(rows, delta, rows.ToTheta(start));
  if (polished.converged()) {
    return {rows.ToLaw(polished.theta), polished.objective, true};
  }
  const BoundedPolish bounded =
      rows.PolishWithinBounds(delta, rows.ToTheta(start));
  return {rows.ToLaw(bounded.theta), bounded.objective, bounded.converged};
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

absl::StatusOr<RatioLawFit> FitRatioLaw(const RatioLawData& data,
                                        double huber_delta) {
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
  std::vector<double> ratios = data.ln_ratio;
  std::sort(ratios.begin(), ratios.end());
  std::vector<End> ends;
  RatioLawFit fit;
  for (const double share : {0.5, 0.2, 0.8}) {
    for (const double g : {0.03, 0.3}) {
      RatioLaw start;
      start.e = plain->law.e;
      start.ln_a = plain->law.ln_a[0];
      start.ln_b = plain->law.ln_a[1];
      start.alpha = std::clamp(plain->law.alpha[0], 0.01, 2.0);
      start.beta = std::clamp(plain->law.alpha[1], 0.01, 2.0);
      start.g = g * std::exp(start.ln_a);
      start.c0 = Quantile(ratios, share);
      const End end = GoDown(data, data.weights, start, huber_delta);
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
  return fit;
}

RatioLawFit RefitRatioLaw(const RatioLawData& data,
                          const std::vector<double>& weights,
                          const RatioLaw& start, double huber_delta) {
  const End end = GoDown(data, weights, start, huber_delta);
  RatioLawFit fit;
  fit.law = end.law;
  fit.objective = end.objective;
  fit.converged = end.converged;
  fit.starts = fit.agreeing = 1;
  if (!fit.converged) fit.problem = "the solver did not converge";
  return fit;
}

}  // namespace isoshape
