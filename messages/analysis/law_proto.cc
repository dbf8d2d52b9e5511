#include "messages/analysis/law_proto.h"

#include <cmath>
#include <limits>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status/field_checks.h"
#include "common/status/status_macros.h"
#include "messages/analysis/estimate_proto.h"

namespace isoshape {
namespace {

constexpr int kDefaultResamples = 1000;
constexpr int kMaxResamples = 100000;
constexpr double kNoNumber = std::numeric_limits<double>::quiet_NaN();

constexpr struct {
  Law law;
  v1::FitLawRequest::Law proto;
} kLaws[] = {{Law::kSurface, v1::FitLawRequest::LAW_SURFACE},
             {Law::kParametric, v1::FitLawRequest::LAW_PARAMETRIC},
             {Law::kShape, v1::FitLawRequest::LAW_SHAPE},
             {Law::kLevine, v1::FitLawRequest::LAW_LEVINE},
             {Law::kIsoflop, v1::FitLawRequest::LAW_ISOFLOP},
             {Law::kEnvelope, v1::FitLawRequest::LAW_ENVELOPE},
             {Law::kMethods, v1::FitLawRequest::LAW_METHODS},
             {Law::kLadder, v1::FitLawRequest::LAW_LADDER}};

constexpr struct {
  OptimumMethod rule;
  v1::FitLawRequest::IsoflopRule proto;
} kRules[] = {
    {OptimumMethod::kNearMinimum, v1::FitLawRequest::ISOFLOP_RULE_NEAR_MINIMUM},
    {OptimumMethod::kAkima, v1::FitLawRequest::ISOFLOP_RULE_AKIMA},
    {OptimumMethod::kFullRange, v1::FitLawRequest::ISOFLOP_RULE_FULL_RANGE}};

v1::LawOptimum OptimumToProto(const LawOptimum& optimum) {
  v1::LawOptimum proto;
  proto.set_objective(optimum.objective);
  if (optimum.gradient_norm) proto.set_gradient_norm(*optimum.gradient_norm);
  if (optimum.condition) proto.set_condition(*optimum.condition);
  proto.set_starts(optimum.starts);
  proto.set_agreeing(optimum.agreeing);
  proto.set_converged(optimum.converged);
  proto.set_problem(optimum.problem);
  return proto;
}

v1::ComparedLaw ComparedToProto(const ComparedLaw& law) {
  v1::ComparedLaw proto;
  proto.set_name(law.name);
  proto.set_formula(law.formula);
  proto.set_parameters(law.parameters);
  proto.set_in_sample_rmse(law.in_sample_rmse);
  proto.set_held_out_rmse(law.held_out_rmse);
  proto.set_chosen(law.chosen);
  return proto;
}

v1::BudgetOptimum BudgetToProto(const BudgetOptimum& budget, double level,
                                const std::string& method) {
  constexpr char kByNoise[] =
      "losses drawn anew about the curve with the noise of a run";
  const SizeCurve& curve = budget.curve;
  v1::BudgetOptimum proto;
  proto.set_budget_flops(curve.budget);
  proto.set_trials(curve.runs);
  proto.set_sizes(static_cast<int>(curve.points.size()));
  proto.set_on_edge(budget.on_edge);
  proto.set_min_size(curve.min_size());
  proto.set_max_size(curve.max_size());
  proto.set_best_measured_loss(curve.best().loss);
  if (curve.best().aspect_ratio() > 0) {
    proto.set_best_aspect_ratio(curve.best().aspect_ratio());
  }
  proto.set_problem(budget.problem);
  if (!budget.bracketed()) return proto;
  const std::string used = budget.drawn_by_noise ? kByNoise : method;
  SetEstimate(budget.size, level, used, proto.mutable_optimal_size());
  SetEstimate(budget.tokens, level, used, proto.mutable_optimal_tokens());
  SetEstimate(budget.loss, level, used, proto.mutable_optimal_loss());
  SetEstimate(budget.size_by_noise, level, kByNoise,
              proto.mutable_optimal_size_by_noise());
  for (const double coefficient : budget.parabola) {
    proto.add_parabola(coefficient);
  }
  return proto;
}

}  // namespace

v1::FitLawRequest::Law ToProto(Law law) {
  for (const auto& pair : kLaws) {
    if (pair.law == law) return pair.proto;
  }
  return v1::FitLawRequest::LAW_UNSPECIFIED;
}

absl::StatusOr<Law> FromProto(v1::FitLawRequest::Law law) {
  for (const auto& pair : kLaws) {
    if (pair.proto == law) return pair.law;
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "law ", static_cast<int>(law), " is not known to this coordinator"));
}

v1::FitLawRequest::IsoflopRule ToProto(OptimumMethod rule) {
  for (const auto& pair : kRules) {
    if (pair.rule == rule) return pair.proto;
  }
  return v1::FitLawRequest::ISOFLOP_RULE_UNSPECIFIED;
}

absl::StatusOr<OptimumMethod> FromProto(v1::FitLawRequest::IsoflopRule rule) {
  if (rule == v1::FitLawRequest::ISOFLOP_RULE_UNSPECIFIED) {
    return OptimumMethod::kNearMinimum;
  }
  for (const auto& pair : kRules) {
    if (pair.proto == rule) return pair.rule;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("isoflop_rule ", static_cast<int>(rule),
                   " is not known to this coordinator"));
}

v1::FitLawRequest::Prior PriorToProto(bool weak) {
  return weak ? v1::FitLawRequest::PRIOR_WEAK
              : v1::FitLawRequest::PRIOR_UNSPECIFIED;
}

absl::StatusOr<bool> IsWeak(v1::FitLawRequest::Prior prior) {
  switch (prior) {
    case v1::FitLawRequest::PRIOR_UNSPECIFIED:
    case v1::FitLawRequest::PRIOR_NONE:
      return false;
    case v1::FitLawRequest::PRIOR_WEAK:
      return true;
    default:
      return absl::InvalidArgumentError(
          absl::StrCat("prior ", static_cast<int>(prior),
                       " is not known to this coordinator"));
  }
}

SizeMeasure ToSizeMeasure(v1::FitLawRequest::Size size) {
  return size == v1::FitLawRequest::SIZE_PARAMS ? SizeMeasure::kParams
                                                : SizeMeasure::kFlopsPerToken;
}

absl::StatusOr<LawOptions> MakeLawOptions(int resamples, int64_t seed,
                                          double level, double max_budget) {
  if (resamples < 0 || resamples > kMaxResamples) {
    return absl::InvalidArgumentError(
        absl::StrFormat("resamples %d is outside 0..%d; 0 stands for %d",
                        resamples, kMaxResamples, kDefaultResamples));
  }
  if (level != 0) ISOSHAPE_RETURN_IF_ERROR(CheckLevel(level));
  if (!(std::isfinite(max_budget) && max_budget >= 0)) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "max_budget_flops %g is not a finite number >= 0; 0 stands for all",
        max_budget));
  }
  LawOptions options;
  options.resamples = resamples == 0 ? kDefaultResamples : resamples;
  options.seed = static_cast<uint64_t>(seed);
  if (level > 0) options.level = level;
  options.max_budget = max_budget;
  options.execution.threads = 1;
  return options;
}

absl::StatusOr<LawOptions> ToLawOptions(const v1::FitLawRequest& request) {
  ISOSHAPE_ASSIGN_OR_RETURN(LawOptions options, ToSharedOptions(request));
  if (request.law() == v1::FitLawRequest::LAW_UNSPECIFIED) {
    options.law = Law::kIsoflop;
  } else {
    ISOSHAPE_ASSIGN_OR_RETURN(options.law, FromProto(request.law()));
  }
  if (request.huber_delta() != 0) {
    options.loss.huber_delta = request.huber_delta();
  }
  options.loss.least_absolute = request.least_absolute();
  if (request.has_fixed_e()) options.fixed_e = request.fixed_e();
  return options;
}

v1::LawFigure ToProto(const LawFigure& figure, double level,
                      const std::string& method) {
  v1::LawFigure proto;
  proto.set_name(figure.name);
  proto.set_meaning(figure.meaning);
  proto.set_unidentified(figure.unidentified);
  const BootstrapEstimate& estimate = figure.estimate;
  if (figure.unidentified.empty()) {
    SetEstimate(estimate, level, method, proto.mutable_estimate());
    proto.set_standard_error(estimate.standard_error);
  } else {
    // The one rule for what is not identified: the command line, the service
    // and reports take figures from here, and who does not look at
    // `unidentified` finds no number, in JSON null.
    const Interval none{.value = kNoNumber, .lower = {}, .upper = {}};
    SetEstimate(none, level, "", proto.mutable_estimate());
    proto.set_standard_error(kNoNumber);
  }
  proto.set_resamples(estimate.resamples);
  proto.set_failed(estimate.failed);
  if (figure.prior_share) proto.set_prior_share(*figure.prior_share);
  return proto;
}

v1::RecipeFits::EqualTest ToProto(const EqualTest& test) {
  v1::RecipeFits::EqualTest proto;
  proto.set_figures(test.figures);
  proto.set_problem(test.problem);
  if (!test.problem.empty()) return proto;
  proto.set_chi_squared(test.test.chi_squared);
  proto.set_degrees_of_freedom(test.test.degrees_of_freedom);
  proto.set_p_value(test.test.p_value);
  return proto;
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
    *response.add_parameters() =
        ToProto(figure, report.level, report.interval_method);
  }
  for (const LawFigure& figure : report.derived) {
    *response.add_derived() =
        ToProto(figure, report.level, report.interval_method);
  }
  if (report.optimum) {
    *response.mutable_optimum() = OptimumToProto(*report.optimum);
  }
  for (const BudgetOptimum& budget : report.budgets) {
    *response.add_optima() =
        BudgetToProto(budget, report.level, report.interval_method);
  }
  for (const ComparedLaw& law : report.comparison) {
    *response.add_comparison() = ComparedToProto(law);
  }
  response.mutable_findings()->Add(report.findings.begin(),
                                   report.findings.end());
  response.mutable_warnings()->Add(report.warnings.begin(),
                                   report.warnings.end());
  return response;
}

}  // namespace isoshape
