#include "cli/flags/law_proto.h"

#include <string>

#include "messages/shape_proto.h"

namespace isoshape {
namespace {

Interval ToInterval(const v1::Estimate& estimate) {
  Interval interval;
  interval.value = estimate.value();
  if (estimate.has_lower()) interval.lower = estimate.lower();
  if (estimate.has_upper()) interval.upper = estimate.upper();
  return interval;
}

LawOptimum ToOptimum(const v1::LawOptimum& proto) {
  LawOptimum optimum;
  optimum.objective = proto.objective();
  if (proto.has_gradient_norm()) optimum.gradient_norm = proto.gradient_norm();
  if (proto.has_condition()) optimum.condition = proto.condition();
  optimum.starts = proto.starts();
  optimum.agreeing = proto.agreeing();
  optimum.converged = proto.converged();
  optimum.problem = proto.problem();
  return optimum;
}

}  // namespace

v1::FitLawRequest ToFitLawRequest(const LawFlags& flags, Law law) {
  v1::FitLawRequest request;
  switch (law) {
    case Law::kParametric:
      request.set_law(v1::FitLawRequest::LAW_PARAMETRIC);
      break;
    case Law::kShape:
      request.set_law(v1::FitLawRequest::LAW_SHAPE);
      break;
    case Law::kLevine:
      request.set_law(v1::FitLawRequest::LAW_LEVINE);
      break;
    case Law::kIsoflop:
      request.set_law(v1::FitLawRequest::LAW_ISOFLOP);
      break;
    case Law::kEnvelope:
      request.set_law(v1::FitLawRequest::LAW_ENVELOPE);
      break;
    case Law::kMethods:
      request.set_law(v1::FitLawRequest::LAW_METHODS);
      break;
  }
  if (flags.size) {
    request.set_size(*flags.size == "params" ? v1::FitLawRequest::SIZE_PARAMS
                                             : v1::FitLawRequest::SIZE_FLOPS);
  }
  request.set_huber_delta(flags.huber_delta.value_or(0));
  request.set_least_absolute(flags.loss == "lad");
  if (flags.fixed_e) request.set_fixed_e(*flags.fixed_e);
  request.set_resamples(flags.bootstrap.value_or(0));
  request.set_seed(flags.seed.value_or(0));
  request.set_level(flags.level.value_or(0));
  return request;
}

LawFigure FromProto(const v1::LawFigure& proto) {
  LawFigure figure;
  figure.name = proto.name();
  figure.meaning = proto.meaning();
  figure.unidentified = proto.unidentified();
  figure.estimate.value = proto.value();
  figure.estimate.standard_error = proto.standard_error();
  figure.estimate.percentile = ToInterval(proto.percentile());
  figure.estimate.bca = ToInterval(proto.bca());
  figure.estimate.resamples = proto.resamples();
  figure.estimate.failed = proto.failed();
  return figure;
}

PricedShape FromProto(const v1::PricedShape& proto) {
  PricedShape priced;
  priced.choice = {.shape = FromProto(proto.shape()),
                   .size = proto.size(),
                   .tokens = proto.tokens(),
                   .loss = proto.loss()};
  priced.parameters = static_cast<double>(proto.parameters());
  priced.above_best = proto.above_best();
  priced.wasted_compute = proto.wasted_compute();
  if (proto.has_decode_seconds()) {
    priced.decode_seconds = proto.decode_seconds();
  }
  return priced;
}

LawReport FromProto(const v1::FitLawResponse& response) {
  LawReport report;
  report.law = response.law();
  report.formula = response.formula();
  report.size = response.size();
  report.runs = response.trials();
  report.level = response.level();
  report.interval_method = response.interval_method();
  for (const v1::LawFigure& figure : response.parameters()) {
    report.parameters.push_back(FromProto(figure));
  }
  for (const v1::LawFigure& figure : response.derived()) {
    report.derived.push_back(FromProto(figure));
  }
  if (response.has_optimum()) report.optimum = ToOptimum(response.optimum());
  for (const v1::BudgetOptimum& optimum : response.optima()) {
    report.budgets.push_back({.budget = optimum.budget_flops(),
                              .runs = optimum.trials(),
                              .size = ToInterval(optimum.optimal_size()),
                              .tokens = ToInterval(optimum.optimal_tokens()),
                              .loss = ToInterval(optimum.optimal_loss()),
                              .problem = optimum.problem()});
  }
  for (const v1::ComparedLaw& law : response.comparison()) {
    report.comparison.push_back({.name = law.name(),
                                 .formula = law.formula(),
                                 .parameters = law.parameters(),
                                 .in_sample_rmse = law.in_sample_rmse(),
                                 .held_out_rmse = law.held_out_rmse(),
                                 .chosen = law.chosen()});
  }
  report.findings.assign(response.findings().begin(),
                         response.findings().end());
  report.warnings.assign(response.warnings().begin(),
                         response.warnings().end());
  return report;
}

}  // namespace isoshape
