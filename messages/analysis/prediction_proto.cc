#include "messages/analysis/prediction_proto.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status/status_macros.h"
#include "messages/analysis/estimate_proto.h"
#include "messages/analysis/law_proto.h"
#include "messages/shape/shape_limits.h"
#include "messages/shape/shape_proto.h"

namespace isoshape {
namespace {

constexpr int kMaxChoices = 100;

v1::PricedShape PricedToProto(const PricedShape& priced) {
  v1::PricedShape proto;
  *proto.mutable_shape() = ToProto(priced.choice.shape);
  proto.set_size(priced.choice.size);
  proto.set_tokens(priced.choice.tokens);
  proto.set_parameters(static_cast<int64_t>(priced.parameters));
  proto.set_loss(priced.choice.loss);
  proto.set_above_best(priced.above_best);
  proto.set_wasted_compute(priced.wasted_compute);
  if (priced.decode_seconds) proto.set_decode_seconds(*priced.decode_seconds);
  proto.set_beyond(priced.beyond);
  return proto;
}

void SetBestShape(const Prediction& prediction, int64_t tokens_per_step,
                  v1::PredictShapeResponse& response) {
  const PricedShape& best = prediction.shapes.front();
  *response.mutable_shape() = ToProto(best.choice.shape);
  response.set_size(best.choice.size);
  response.set_parameters(static_cast<int64_t>(best.parameters));
  // The tokens of the rule that the answer names, in whole steps: the FLOPs of
  // the shape itself would need a context and a vocabulary that a file of runs
  // does not say.
  // At most what 64 bits count: a budget may be any number.
  const double tokens = std::min(best.choice.tokens, std::ldexp(1., 62));
  const double steps = tokens / static_cast<double>(tokens_per_step);
  response.set_tokens(static_cast<int64_t>(std::llround(steps)) *
                      tokens_per_step);
  if (best.decode_seconds) response.set_decode_seconds(*best.decode_seconds);
}

std::string QuestionName(const Prediction& prediction) {
  if (prediction.asked.place) return "run";
  if (prediction.asked.tokens_per_size) return "tokens-per-size";
  if (prediction.target_loss) return "target-loss";
  return prediction.law == LawName(Law::kLadder) ? "line" : "optimum";
}

absl::Status CheckRequest(const v1::PredictShapeRequest& request) {
  if (!(std::isfinite(request.target_flops()) && request.target_flops() >= 0)) {
    return absl::InvalidArgumentError(
        absl::StrFormat("target_flops %g is not a finite number >= 0; 0 stands "
                        "for the campaign's",
                        request.target_flops()));
  }
  ISOSHAPE_RETURN_IF_ERROR(CheckLimits(request));
  if (request.choices() < 0 || request.choices() > kMaxChoices) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "choices %d is outside 1..%d; 0 stands for %d", request.choices(),
        kMaxChoices, PredictionQuestion().choices));
  }
  return absl::OkStatus();
}

}  // namespace

AskedRun FromProto(const v1::AskedRun& run) {
  return {.size = run.size(),
          .depth = run.depth(),
          .width = run.width(),
          .tokens = run.tokens()};
}

absl::StatusOr<PredictionQuestion> ToQuestion(
    const v1::PredictShapeRequest& request, const SearchSpace& space) {
  ISOSHAPE_RETURN_IF_ERROR(CheckRequest(request));
  PredictionQuestion question;
  ISOSHAPE_ASSIGN_OR_RETURN(question.fit, ToSharedOptions(request));
  question.flops = request.target_flops();
  if (request.law() != v1::FitLawRequest::LAW_UNSPECIFIED) {
    ISOSHAPE_ASSIGN_OR_RETURN(question.law, FromProto(request.law()));
  }
  question.candidates.space = space;
  question.candidates.max_decode_seconds = request.max_decode_seconds();
  question.limited = HasLimits(request);
  question.anyway = request.anyway();
  question.advise = request.advise() ? kAdvisedRuns : 0;
  question.serve_tokens = request.serve_tokens();
  const auto set = [](double value, std::optional<double>& field) {
    if (value != 0) field = value;
  };
  set(request.target_loss(), question.target_loss);
  set(request.max_serve_flops(), question.max_serve_flops);
  set(request.tokens_per_size(), question.tokens_per_size);
  set(request.corpus_tokens(), question.fit.corpus_tokens);
  if (request.has_run()) question.run = FromProto(request.run());
  if (request.choices() != 0) question.choices = request.choices();
  return question;
}

v1::AdvisedRun ToProto(const NextRun& run) {
  v1::AdvisedRun advised;
  advised.set_size(run.size);
  advised.set_tokens(run.tokens);
  advised.set_flops(run.flops);
  advised.set_interval_ratio(run.interval_ratio);
  return advised;
}

absl::Status AddAdvice(const Runs& runs, double flops,
                       v1::FitLawResponse& response) {
  const auto advice = AdviseNextRuns(runs, {}, flops, kAdvisedRuns);
  if (absl::IsInvalidArgument(advice.status())) return advice.status();
  if (!advice.ok()) {
    response.add_warnings(
        absl::StrCat("no advice: ", advice.status().message()));
    return absl::OkStatus();
  }
  for (const NextRun& run : *advice) *response.add_advice() = ToProto(run);
  return absl::OkStatus();
}

v1::PredictShapeResponse ToProto(const Prediction& prediction,
                                 int64_t tokens_per_step) {
  v1::PredictShapeResponse response;
  response.set_law(prediction.law);
  response.set_target_flops(prediction.flops);
  response.set_question(QuestionName(prediction));
  response.set_training_flops(prediction.training_flops);
  response.set_extrapolation(prediction.training_flops /
                             prediction.largest_flops);
  response.set_constraint(prediction.constraint);
  response.set_method(prediction.method);
  if (!prediction.aspect_ratio_open) {
    response.set_aspect_ratio(prediction.aspect_ratio);
  }
  if (!prediction.shapes.empty()) {
    SetBestShape(prediction, tokens_per_step, response);
  }
  const double level = prediction.level;
  const std::string& method = prediction.interval_method;
  response.set_unidentified(prediction.unidentified);
  if (prediction.unidentified.empty()) {
    SetEstimate(prediction.size, level, method,
                response.mutable_optimal_size());
    SetEstimate(prediction.tokens, level, method,
                response.mutable_optimal_tokens());
    SetEstimate(prediction.loss, level, prediction.loss_method,
                response.mutable_loss());
  }
  for (const LawFigure& figure : prediction.figures) {
    *response.add_figures() = ToProto(figure, level, method);
  }
  // A trend gives no prices, and its one shape is set above.
  if (!prediction.figures.empty()) {
    for (const PricedShape& priced : prediction.shapes) {
      *response.add_shapes() = PricedToProto(priced);
    }
  }
  if (prediction.check) {
    v1::HeldOutCheck* check = response.mutable_held_out();
    check->set_trials(prediction.check->runs);
    check->set_above_flops(prediction.check->above);
    check->set_miss(prediction.check->miss);
    check->set_standard_error(prediction.check->standard_error);
  }
  for (const NextRun& run : prediction.advice) {
    *response.add_advice() = ToProto(run);
  }
  response.mutable_warnings()->Add(prediction.warnings.begin(),
                                   prediction.warnings.end());
  return response;
}

}  // namespace isoshape
