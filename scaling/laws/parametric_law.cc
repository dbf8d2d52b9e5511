#include "scaling/laws/parametric_law.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "common/status/status_macros.h"
#include "scaling/runs/fit_key.h"
#include "scaling/statistics/line.h"
#include "scaling/statistics/logs.h"

namespace isoshape {

double ComputeRule::Tokens(double size, double flops) const {
  return std::exp(std::log(flops) - ln_coefficient - exponent * std::log(size));
}

absl::StatusOr<ComputeRule> FitComputeRule(const Runs& runs) {
  if (runs.flops.size() != runs.rows()) {
    return absl::FailedPreconditionError(
        "the FLOPs of the runs as the constraint need the column flops: name "
        "it, or take 6 N D");
  }
  const auto [low, high] =
      std::minmax_element(runs.size.begin(), runs.size.end());
  if (!(*high > *low)) {
    return absl::FailedPreconditionError(
        "all runs have the same size: how FLOPs grow with size is not known");
  }
  const std::vector<double> x = Logs(runs.size);
  std::vector<double> y;
  for (size_t i = 0; i < runs.rows(); ++i) {
    y.push_back(std::log(runs.flops[i] / runs.tokens[i]));
  }
  const Line line = FitLine(x, y);
  ComputeRule rule;
  rule.exponent = line.slope;
  rule.ln_coefficient = line.intercept;
  rule.rmse = line.Departure(x, y);
  return rule;
}

ComputeOptimum OptimumAt(const PowerSum& law, double flops,
                         const ComputeRule& rule) {
  const double alpha = law.alpha[0];
  const double beta = law.alpha[1];
  const double ln_size =
      (std::log(alpha / (rule.exponent * beta)) + law.ln_a[0] - law.ln_a[1] +
       beta * (std::log(flops) - rule.ln_coefficient)) /
      (alpha + rule.exponent * beta);
  ComputeOptimum optimum;
  optimum.size = std::exp(ln_size);
  optimum.tokens = rule.Tokens(optimum.size, flops);
  optimum.loss = std::exp(law.LogLoss({ln_size, std::log(optimum.tokens)}));
  return optimum;
}

double SizeExponent(const PowerSum& law, const ComputeRule& rule) {
  return law.alpha[1] / (law.alpha[0] + rule.exponent * law.alpha[1]);
}

double TokenExponent(const PowerSum& law, const ComputeRule& rule) {
  return law.alpha[0] / (law.alpha[0] + rule.exponent * law.alpha[1]);
}

double DecayExponent(const PowerSum& law, const ComputeRule& rule) {
  return law.gamma * law.alpha[0] * SizeExponent(law, rule);
}

PowerSumData ParametricData(const Runs& runs) {
  return {.ln_x = {Logs(runs.size), Logs(runs.tokens)},
          .ln_loss = Logs(runs.loss),
          .weights = runs.weight};
}

absl::StatusOr<Bootstrap<PowerSumFit>> BootstrapPowerSum(
    const PowerSumData& data, const PowerSumOptions& options,
    const Resampling& resampling, const Execution& execution) {
  const auto key = [&] {
    FitKey key("power sum");
    key.Add(data.ln_x).Add(data.ln_loss).Add(data.weights);
    key.Add(options.loss.huber_delta).Add(options.loss.least_absolute);
    key.Add(options.fixed_e).Add(options.tie_exponents).Add(options.prior);
    key.Add(options.free_gamma);
    key.Add(options.agreeing_starts).Add(options.max_starts);
    AddResampling(resampling, key);
    return key;
  };
  const auto compute = [&]() -> absl::StatusOr<Bootstrap<PowerSumFit>> {
    ISOSHAPE_ASSIGN_OR_RETURN(PowerSumFit fit, FitPowerSum(data, options));
    const PowerSumRefitter refitter(data, options, fit);
    return RunBootstrap(
        std::move(fit), resampling, execution,
        [&](const std::vector<double>& weights, std::optional<int> draw) {
          return refitter.Fit(weights, draw);
        });
  };
  return Shared<Bootstrap<PowerSumFit>>(key, compute);
}

}  // namespace isoshape
