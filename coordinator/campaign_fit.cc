#include "coordinator/campaign_fit.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/shape_proto.h"
#include "common/status_macros.h"
#include "coordinator/estimate_proto.h"
#include "scaling/isoflop.h"
#include "scaling/predict.h"
#include "search/feasible.h"
#include "shape/accounting.h"

namespace isoshape {
namespace {

// A snapped shape further from the predicted size than this factor is not near.
constexpr double kNearSize = 4;

absl::StatusOr<IsoflopOptions> ToOptions(
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
      "bootstrap of losses about the parabolas, %d resamples, percentile",
      options.resamples);
}

void SetTrend(const LogTrend& trend, double level, const std::string& method,
              v1::PowerTrend* proto) {
  SetEstimate(trend.exponent, level, method, proto->mutable_exponent());
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
  SetEstimate(budget.size, level, method, proto->mutable_optimal_size());
  SetEstimate(budget.tokens, level, method, proto->mutable_optimal_tokens());
  SetEstimate(budget.loss, level, method, proto->mutable_optimal_loss());
  for (const double coefficient : budget.parabola) {
    proto->add_parabola(coefficient);
  }
}

template <typename Response>
void AddWarnings(const std::vector<std::string>& warnings, Response& response) {
  for (const std::string& warning : warnings) response.add_warnings(warning);
}

absl::Status CheckRequest(const v1::PredictShapeRequest& request) {
  if (!(std::isfinite(request.target_flops()) && request.target_flops() >= 0)) {
    return absl::InvalidArgumentError(
        absl::StrFormat("target_flops %g is not a finite number >= 0; 0 stands "
                        "for the campaign's",
                        request.target_flops()));
  }
  if (request.max_parameters() < 0) {
    return absl::InvalidArgumentError(
        absl::StrFormat("max_parameters %d is negative; 0 stands for no limit",
                        request.max_parameters()));
  }
  if (request.max_memory_bytes() < 0) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "max_memory_bytes %d is negative; 0 stands for no limit",
        request.max_memory_bytes()));
  }
  return absl::OkStatus();
}

double TargetFlops(const v1::Campaign& campaign,
                   const v1::PredictShapeRequest& request, double largest) {
  if (request.target_flops() > 0) return request.target_flops();
  if (campaign.target_flops() > 0) return campaign.target_flops();
  return 3 * largest;
}

}  // namespace

absl::StatusOr<v1::FitCampaignResponse> FitResults(
    const CampaignResults& results, const v1::FitCampaignRequest& request) {
  ISOSHAPE_ASSIGN_OR_RETURN(const IsoflopOptions options, ToOptions(request));
  ISOSHAPE_ASSIGN_OR_RETURN(const IsoflopFit fit,
                            FitIsoflop(results.points, options));
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

absl::StatusOr<v1::PredictShapeResponse> PredictFromResults(
    const CampaignResults& results, const v1::PredictShapeRequest& request) {
  ISOSHAPE_RETURN_IF_ERROR(CheckRequest(request));
  ISOSHAPE_ASSIGN_OR_RETURN(const IsoflopOptions options,
                            ToOptions(request.fit()));
  ISOSHAPE_ASSIGN_OR_RETURN(const IsoflopFit fit,
                            FitIsoflop(results.points, options));
  const double largest = fit.budgets.back().curve.budget;
  const double target = TargetFlops(results.campaign, request, largest);
  ISOSHAPE_ASSIGN_OR_RETURN(const OptimumPrediction optimum,
                            PredictOptimum(fit, target));

  const SearchSpace space = SpaceOfCampaign(
      results.campaign, request.max_parameters(), request.max_memory_bytes());
  const int64_t tokens_per_step = TokensPerStepAt(results.campaign, target);
  const absl::StatusOr<Shape> shape = NearestFeasible(
      space, tokens_per_step, target, optimum.size.value, optimum.aspect_ratio);
  if (!shape.ok()) {
    return absl::FailedPreconditionError(
        absl::StrFormat("no feasible shape at %.4g FLOPs: %s", target,
                        shape.status().message()));
  }
  const double size = EffectiveSize(*shape);
  const double off = size / optimum.size.value;
  const bool limited =
      request.max_parameters() > 0 || request.max_memory_bytes() > 0;
  if (!limited && (off > kNearSize || off < 1 / kNearSize)) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "the feasible shape nearest to size %.4g at %.4g FLOPs is %s of size "
        "%.4g, %.2g times as large; widen the search space",
        optimum.size.value, target, ShapeLabel(*shape), size, off));
  }
  ISOSHAPE_ASSIGN_OR_RETURN(const LossPrediction loss,
                            PredictLoss(fit, results.points, target, size));

  v1::PredictShapeResponse response;
  *response.mutable_shape() = ToProto(*shape);
  response.set_target_flops(target);
  const std::string method = BootstrapMethod(options) + ", along the trend";
  SetEstimate(optimum.size, options.level, method,
              response.mutable_optimal_size());
  SetEstimate(optimum.tokens, options.level, method,
              response.mutable_optimal_tokens());
  SetEstimate(loss.loss, options.level, loss.method, response.mutable_loss());
  response.set_aspect_ratio(optimum.aspect_ratio);
  response.set_size(size);
  response.set_parameters(CountParameters(*shape).total());
  response.set_tokens(StepsAtBudget(*shape, target, tokens_per_step) *
                      tokens_per_step);
  response.set_extrapolation(target / largest);
  AddWarnings(results.warnings, response);
  AddWarnings(fit.warnings, response);
  AddWarnings(optimum.warnings, response);
  if (std::abs(std::log(off)) > std::log(1.25)) {
    response.add_warnings(absl::StrFormat(
        "the snapped shape's size, %.4g, is %.2g times the predicted optimum, "
        "%.4g; the predicted loss allows for that by the curves' curvature",
        size, off, optimum.size.value));
  }
  response.set_method(absl::StrFormat(
      "size by the trend of %d budgets (%s); aspect ratio %.3g, the geometric "
      "mean of the best measured; loss by %s",
      fit.size->budgets, fit.method, optimum.aspect_ratio, loss.method));
  return response;
}

}  // namespace isoshape
