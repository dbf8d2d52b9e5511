#include "coordinator/analysis/campaign_fit.h"

#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "common/status_macros.h"
#include "messages/estimate_proto.h"

namespace isoshape {
namespace {

// The cache decides how many answers are computed at a time.
const Execution kOneThread{.threads = 1};

constexpr char kByNoise[] =
    "losses drawn anew about the parabola with the noise of a run";

void SetTrend(const LogTrend& trend, double level, const std::string& method,
              v1::PowerTrend* proto) {
  BootstrapEstimate exponent;
  exponent.percentile = trend.exponent;
  exponent.bca = trend.exponent_bca;
  SetEstimate(exponent, level, method, proto->mutable_exponent());
  proto->set_coefficient(std::exp(trend.ln_coefficient));
  proto->set_budgets(trend.budgets);
}

void SetOptimum(const BudgetFit& budget, double level,
                const std::string& method, v1::BudgetOptimum* proto) {
  proto->set_budget_flops(budget.curve.budget);
  proto->set_trials(budget.curve.runs);
  proto->set_sizes(static_cast<int>(budget.curve.points.size()));
  proto->set_on_edge(budget.on_edge);
  proto->set_min_size(budget.min_size());
  proto->set_max_size(budget.max_size());
  proto->set_best_measured_loss(budget.best_measured_loss);
  proto->set_best_aspect_ratio(budget.best_aspect_ratio);
  if (!budget.bracketed()) return;
  const std::string used = budget.drawn_by_noise ? kByNoise : method;
  SetEstimate(budget.size, level, used, proto->mutable_optimal_size());
  SetEstimate(budget.tokens, level, used, proto->mutable_optimal_tokens());
  SetEstimate(budget.loss, level, used, proto->mutable_optimal_loss());
  SetEstimate(budget.size_by_noise, level, kByNoise,
              proto->mutable_optimal_size_by_noise());
  for (const double coefficient : budget.parabola) {
    proto->add_parabola(coefficient);
  }
}

template <typename Response>
void AddWarnings(const std::vector<std::string>& warnings, Response& response) {
  for (const std::string& warning : warnings) response.add_warnings(warning);
}

}  // namespace

absl::StatusOr<IsoflopOptions> ToIsoflopOptions(
    const v1::FitCampaignRequest& request) {
  if (request.resamples() < 0 || request.resamples() > 100000) {
    return absl::InvalidArgumentError(
        absl::StrFormat("resamples %d is outside 0..100000; 0 stands for 1000",
                        request.resamples()));
  }
  const double level = request.level();
  if (!(level == 0 || (level > 0 && level < 1))) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "level %g is not between 0 and 1; 0 stands for 0.95", level));
  }
  if (!(std::isfinite(request.max_budget_flops()) &&
        request.max_budget_flops() >= 0)) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "max_budget_flops %g is not a finite number >= 0; 0 stands for all",
        request.max_budget_flops()));
  }
  IsoflopOptions options;
  if (request.resamples() > 0) options.resamples = request.resamples();
  options.seed = static_cast<uint64_t>(request.seed());
  if (level > 0) options.level = level;
  // Room for rounding, so that a budget itself can be given as the limit.
  options.max_budget = request.max_budget_flops() * (1 + 1e-9);
  return options;
}

std::string BootstrapMethod(const IsoflopOptions& options) {
  return absl::StrFormat(
      "case bootstrap of the trials, %d resamples stratified by budget",
      options.resamples);
}

absl::StatusOr<v1::FitCampaignResponse> FitResults(
    const CampaignResults& results, const v1::FitCampaignRequest& request) {
  ISOSHAPE_ASSIGN_OR_RETURN(const IsoflopOptions options,
                            ToIsoflopOptions(request));
  ISOSHAPE_ASSIGN_OR_RETURN(const IsoflopFit fit,
                            FitIsoflop(results.points, options, kOneThread));
  const std::string method = BootstrapMethod(options);
  v1::FitCampaignResponse response;
  for (const BudgetFit& budget : fit.budgets) {
    SetOptimum(budget, options.level, method, response.add_optima());
  }
  if (fit.size) {
    SetTrend(*fit.size, options.level, method, response.mutable_size_trend());
    SetTrend(*fit.tokens, options.level, method,
             response.mutable_tokens_trend());
    SetTrend(*fit.loss, options.level, method, response.mutable_loss_trend());
  }
  AddWarnings(results.warnings, response);
  AddWarnings(fit.warnings, response);
  response.set_method(fit.method);
  response.set_trials(fit.runs);
  return response;
}

}  // namespace isoshape
