#include "coordinator/analysis/campaign_law.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status_macros.h"
#include "messages/estimate_proto.h"
#include "scaling/reports/fit_law.h"

namespace isoshape {
namespace {

constexpr int kDefaultResamples = 1000;
constexpr int kMostResamples = 100000;

absl::StatusOr<LawOptions> ToOptions(const v1::FitLawRequest& request) {
  LawOptions options;
  switch (request.law()) {
    case v1::FitLawRequest::LAW_UNSPECIFIED:
    case v1::FitLawRequest::LAW_PARAMETRIC:
      options.law = Law::kParametric;
      break;
    case v1::FitLawRequest::LAW_SHAPE:
      options.law = Law::kShape;
      break;
    case v1::FitLawRequest::LAW_LEVINE:
      options.law = Law::kLevine;
      break;
    case v1::FitLawRequest::LAW_ISOFLOP:
      options.law = Law::kIsoflop;
      break;
    case v1::FitLawRequest::LAW_ENVELOPE:
      options.law = Law::kEnvelope;
      break;
    case v1::FitLawRequest::LAW_METHODS:
      options.law = Law::kMethods;
      break;
    default:
      return absl::InvalidArgumentError(
          absl::StrCat("law ", static_cast<int>(request.law()),
                       " is not known to this coordinator"));
  }
  options.size = request.size() == v1::FitLawRequest::SIZE_PARAMS
                     ? SizeMeasure::kParams
                     : SizeMeasure::kFlopsPerToken;
  if (request.resamples() < 0 || request.resamples() > kMostResamples) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "resamples %d is outside 0..%d; 0 stands for %d", request.resamples(),
        kMostResamples, kDefaultResamples));
  }
  options.resamples =
      request.resamples() == 0 ? kDefaultResamples : request.resamples();
  options.seed = static_cast<uint64_t>(request.seed());
  if (request.level() != 0) options.level = request.level();
  if (request.huber_delta() != 0) {
    options.loss.huber_delta = request.huber_delta();
  }
  options.loss.least_absolute = request.least_absolute();
  if (request.has_fixed_e()) options.fixed_e = request.fixed_e();
  // The cache decides how many answers are computed at a time.
  options.execution.threads = 1;
  return options;
}

void SetOptimum(const LawOptimum& optimum, v1::LawOptimum* proto) {
  proto->set_objective(optimum.objective);
  if (optimum.gradient_norm) proto->set_gradient_norm(*optimum.gradient_norm);
  if (optimum.condition) proto->set_condition(*optimum.condition);
  proto->set_starts(optimum.starts);
  proto->set_agreeing(optimum.agreeing);
  proto->set_converged(optimum.converged);
  proto->set_problem(optimum.problem);
}

v1::FitLawResponse ToProto(const LawReport& report) {
  v1::FitLawResponse response;
  response.set_law(report.law);
  response.set_formula(report.formula);
  response.set_size(report.size);
  response.set_trials(report.runs);
  response.set_level(report.level);
  response.set_interval_method(report.interval_method);
  for (const LawFigure& figure : report.parameters) {
    SetFigure(figure, report.level, report.interval_method,
              response.add_parameters());
  }
  for (const LawFigure& figure : report.derived) {
    SetFigure(figure, report.level, report.interval_method,
              response.add_derived());
  }
  if (report.optimum) SetOptimum(*report.optimum, response.mutable_optimum());
  for (const BudgetRow& row : report.budgets) {
    v1::BudgetOptimum* proto = response.add_optima();
    proto->set_budget_flops(row.budget);
    proto->set_trials(row.runs);
    proto->set_problem(row.problem);
    if (!row.problem.empty()) continue;
    const std::string method = report.interval_method + ", percentile";
    SetEstimate(row.size, report.level, method, proto->mutable_optimal_size());
    SetEstimate(row.tokens, report.level, method,
                proto->mutable_optimal_tokens());
    SetEstimate(row.loss, report.level, method, proto->mutable_optimal_loss());
  }
  for (const ComparedLaw& law : report.comparison) {
    v1::ComparedLaw* proto = response.add_comparison();
    proto->set_name(law.name);
    proto->set_formula(law.formula);
    proto->set_parameters(law.parameters);
    proto->set_in_sample_rmse(law.in_sample_rmse);
    proto->set_held_out_rmse(law.held_out_rmse);
    proto->set_chosen(law.chosen);
  }
  response.mutable_findings()->Add(report.findings.begin(),
                                   report.findings.end());
  response.mutable_warnings()->Add(report.warnings.begin(),
                                   report.warnings.end());
  return response;
}

}  // namespace

absl::StatusOr<v1::FitLawResponse> FitLawOfResults(
    const CampaignResults& results, const v1::FitLawRequest& request) {
  ISOSHAPE_ASSIGN_OR_RETURN(const LawOptions options, ToOptions(request));
  ISOSHAPE_ASSIGN_OR_RETURN(LawReport report, FitLaw(results.runs, options));
  report.warnings.insert(report.warnings.begin(), results.warnings.begin(),
                         results.warnings.end());
  return ToProto(report);
}

}  // namespace isoshape
