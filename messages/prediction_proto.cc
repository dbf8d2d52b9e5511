#include "messages/prediction_proto.h"

#include <cmath>
#include <string>

#include "absl/strings/str_cat.h"
#include "messages/estimate_proto.h"
#include "messages/law_proto.h"
#include "messages/shape_proto.h"
#include "shape/accounting.h"

namespace isoshape {
namespace {

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
  const Shape& shape = best.choice.shape;
  *response.mutable_shape() = ToProto(shape);
  response.set_size(best.choice.size);
  response.set_parameters(static_cast<int64_t>(best.parameters));
  // What serving leaves of the compute, at the shape's size.
  const double training =
      prediction.asked.serve_tokens == 0
          ? prediction.flops
          : std::exp(prediction.asked.LnTrainingFlops(
                std::log(best.choice.size), std::log(best.choice.tokens)));
  response.set_tokens(StepsAtBudget(shape, training, tokens_per_step) *
                      tokens_per_step);
  if (best.decode_seconds) response.set_decode_seconds(*best.decode_seconds);
}

std::string QuestionName(const Prediction& prediction) {
  if (prediction.asked.place) return "run";
  if (prediction.asked.tokens_per_size) return "tokens-per-size";
  if (prediction.target_loss) return "target-loss";
  return prediction.law == LawName(Law::kLadder) ? "line" : "optimum";
}

}  // namespace

AskedRun FromProto(const v1::AskedRun& run) {
  return {.size = run.size(),
          .depth = run.depth(),
          .width = run.width(),
          .tokens = run.tokens()};
}

void SetTargetLoss(const v1::PredictShapeRequest& request,
                   PredictionQuestion& question) {
  if (request.target_loss() != 0) question.target_loss = request.target_loss();
  if (request.max_serve_flops() != 0) {
    question.max_serve_flops = request.max_serve_flops();
  }
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
  response.set_aspect_ratio(prediction.aspect_ratio);
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
