#include "scaling/laws/parametric_law.h"

#include <cstddef>
#include <utility>

#include "absl/status/status.h"
#include "common/status_macros.h"

namespace isoshape {
namespace {

std::vector<double> Logs(const std::vector<double>& values) {
  std::vector<double> logs;
  logs.reserve(values.size());
  for (const double value : values) logs.push_back(std::log(value));
  return logs;
}

}  // namespace

double ComputeRule::Tokens(double size, double flops) const {
  return std::exp(std::log(flops) - ln_coefficient - exponent * std::log(size));
}

absl::StatusOr<ComputeRule> FitComputeRule(const Runs& runs) {
  if (runs.flops.size() != runs.rows()) {
    return absl::FailedPreconditionError(
        "the FLOPs of the runs as the constraint need the column flops: name "
        "it, or take 6 N D");
  }
  const auto count = static_cast<double>(runs.rows());
  const std::vector<double> x = Logs(runs.size);
  std::vector<double> y;
  double mean_x = 0;
  double mean_y = 0;
  for (size_t i = 0; i < runs.rows(); ++i) {
    y.push_back(std::log(runs.flops[i] / runs.tokens[i]));
    mean_x += x[i] / count;
    mean_y += y[i] / count;
  }
  double xx = 0;
  double xy = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    xx += (x[i] - mean_x) * (x[i] - mean_x);
    xy += (x[i] - mean_x) * (y[i] - mean_y);
  }
  if (!(xx > 0)) {
    return absl::FailedPreconditionError(
        "all runs have the same size: how FLOPs grow with size is not known");
  }
  ComputeRule rule;
  rule.exponent = xy / xx;
  rule.ln_coefficient = mean_y - rule.exponent * mean_x;
  double squares = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    const double r = y[i] - rule.ln_coefficient - rule.exponent * x[i];
    squares += r * r;
  }
  rule.rmse = std::sqrt(squares / count);
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

PowerSumData ParametricData(const Runs& runs) {
  return {.ln_x = {Logs(runs.size), Logs(runs.tokens)},
          .ln_loss = Logs(runs.loss)};
}

absl::StatusOr<Bootstrap<PowerSumFit>> BootstrapPowerSum(
    const PowerSumData& data, const PowerSumOptions& options,
    const Resampling& resampling, const Execution& execution) {
  ISOSHAPE_ASSIGN_OR_RETURN(PowerSumFit fit, FitPowerSum(data, options));
  const PowerSumRefitter refitter(data, options, fit.law);
  return RunBootstrap(std::move(fit), resampling, execution,
                      [&](const std::vector<double>& weights) {
                        return refitter.Fit(weights);
                      });
}

}  // namespace isoshape
