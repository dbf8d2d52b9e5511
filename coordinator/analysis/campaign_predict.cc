#include "coordinator/analysis/campaign_predict.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/status_macros.h"
#include "coordinator/analysis/campaign_fit.h"
#include "coordinator/analysis/prediction_target.h"
#include "coordinator/analysis/shape_limits.h"
#include "messages/estimate_proto.h"
#include "messages/shape_proto.h"
#include "scaling/predict/predict.h"
#include "scaling/predict/predict_law.h"
#include "shape/accounting.h"

namespace isoshape {
namespace {

constexpr int kDefaultChoices = 5;
constexpr int kMostChoices = 100;
// A snapped shape further from the predicted size than this factor is worth a
// word.
constexpr double kNotableSize = 1.25;
// Sizes this far apart are choices.
constexpr double kSizeStep = 1.5;
// Times longer than the longest measured are said to be extrapolated.
constexpr double kLatencyReach = 2;

absl::Status CheckRequest(const v1::PredictShapeRequest& request) {
  if (!(std::isfinite(request.target_flops()) && request.target_flops() >= 0)) {
    return absl::InvalidArgumentError(
        absl::StrFormat("target_flops %g is not a finite number >= 0; 0 stands "
                        "for the campaign's",
                        request.target_flops()));
  }
  ISOSHAPE_RETURN_IF_ERROR(CheckLimits(request));
  if (request.choices() < 0 || request.choices() > kMostChoices) {
    return absl::InvalidArgumentError(
        absl::StrFormat("choices %d is outside 1..%d; 0 stands for %d",
                        request.choices(), kMostChoices, kDefaultChoices));
  }
  return absl::OkStatus();
}

template <typename T>
void KeepRows(const std::vector<bool>& keep, std::vector<T>& column) {
  size_t row = 0;
  std::erase_if(column, [&](const T&) { return !keep[row++]; });
}

RunTable RunsUpTo(const RunTable& runs, double max_budget) {
  RunTable kept = runs;
  if (max_budget <= 0) return kept;
  std::vector<bool> keep;
  keep.reserve(runs.budget.size());
  for (const double budget : runs.budget) keep.push_back(budget <= max_budget);
  for (std::vector<double>* column :
       {&kept.params, &kept.tokens, &kept.loss, &kept.flops, &kept.width,
        &kept.depth, &kept.budget}) {
    KeepRows(keep, *column);
  }
  KeepRows(keep, kept.seed);
  KeepRows(keep, kept.run);
  KeepRows(keep, kept.line);
  return kept;
}

template <typename Warnings>
void AddWarnings(const Warnings& warnings, v1::PredictShapeResponse& response) {
  for (const std::string& warning : warnings) response.add_warnings(warning);
}

void SetShape(const Shape& shape, const PredictionTarget& target,
              double optimal_size, v1::PredictShapeResponse& response) {
  const double size = EffectiveSize(shape);
  *response.mutable_shape() = ToProto(shape);
  response.set_target_flops(target.flops);
  response.set_extrapolation(target.flops / target.largest);
  response.set_size(size);
  response.set_parameters(CountParameters(shape).total());
  response.set_tokens(
      StepsAtBudget(shape, target.flops, target.tokens_per_step) *
      target.tokens_per_step);
  const double off = size / optimal_size;
  if (std::abs(std::log(off)) > std::log(kNotableSize)) {
    response.add_warnings(absl::StrFormat(
        "the snapped shape's size, %.4g, is %.2g times the predicted optimum, "
        "%.4g; the predicted loss allows for that",
        size, off, optimal_size));
  }
  if (!target.latency) return;
  const double seconds = target.latency->At(shape);
  response.set_decode_seconds(seconds);
  if (target.max_decode_seconds > 0 &&
      seconds > kLatencyReach * target.latency->most_seconds) {
    response.add_warnings(absl::StrFormat(
        "a decoded token is predicted to take %.3g s, %.2g times the longest "
        "measured: the latency is assumed there, not seen",
        seconds, seconds / target.latency->most_seconds));
  }
}

void AddMethodOfLatency(const PredictionTarget& target,
                        v1::PredictShapeResponse& response) {
  if (target.max_decode_seconds == 0) return;
  absl::StrAppend(response.mutable_method(), "; ", target.latency->Describe());
}

const LawFigure& Figure(const LawPrediction& prediction, const char* name) {
  return *std::find_if(
      prediction.figures.begin(), prediction.figures.end(),
      [&](const LawFigure& figure) { return figure.name == name; });
}

// Whether two intervals, of which an end may be absent, have nothing in common.
bool Apart(const Interval& a, const Interval& b) {
  return (a.upper && b.lower && *a.upper < *b.lower) ||
         (b.upper && a.lower && *b.upper < *a.lower);
}

v1::PricedShape ToProto(const PricedShape& priced) {
  v1::PricedShape proto;
  *proto.mutable_shape() = ToProto(priced.choice.shape);
  proto.set_size(priced.choice.size);
  proto.set_tokens(priced.choice.tokens);
  proto.set_parameters(static_cast<int64_t>(priced.parameters));
  proto.set_loss(priced.choice.loss);
  proto.set_above_best(priced.above_best);
  proto.set_wasted_compute(priced.wasted_compute);
  if (priced.decode_seconds) proto.set_decode_seconds(*priced.decode_seconds);
  return proto;
}

// The feasible shapes of one aspect ratio, at the best size and at kSizeStep
// times it and so on, with what the law says that their sizes cost; best first.
absl::StatusOr<std::vector<PricedShape>> PriceSizes(
    const LawPrediction& law, double aspect_ratio,
    const PredictionTarget& target, int count) {
  const double best_size = Figure(law, "size").estimate.value;
  ISOSHAPE_ASSIGN_OR_RETURN(const Shape nearest,
                            Snap(target, best_size, aspect_ratio));
  std::vector<Shape> shapes = {nearest};
  for (int step = 1; step <= count; ++step) {
    for (const double factor :
         {std::pow(kSizeStep, step), std::pow(kSizeStep, -step)}) {
      const auto shape = Snap(target, factor * best_size, aspect_ratio);
      if (shape.ok() &&
          std::find(shapes.begin(), shapes.end(), *shape) == shapes.end()) {
        shapes.push_back(*shape);
      }
    }
  }
  std::vector<ShapeChoice> choices;
  for (const Shape& shape : shapes) {
    const double size = EffectiveSize(shape);
    const double tokens = target.flops / 6 / size;
    choices.push_back({.shape = shape,
                       .size = size,
                       .tokens = tokens,
                       .loss = std::exp(law.at_best_ratio.LogLoss(
                           {std::log(size), std::log(tokens)}))});
  }
  std::sort(choices.begin(), choices.end(),
            [](const ShapeChoice& a, const ShapeChoice& b) {
              return a.loss < b.loss;
            });
  choices.resize(std::min(choices.size(), static_cast<size_t>(count)));
  return Price(law, choices, target.latency);
}

// By a law that the trials identify; `trend` where there is one.
v1::PredictShapeResponse ByLaw(const LawPrediction& prediction,
                               const std::vector<PricedShape>& shapes,
                               double aspect_ratio,
                               const absl::StatusOr<OptimumPrediction>& trend,
                               const PredictionTarget& target) {
  v1::PredictShapeResponse response;
  const Shape& shape = shapes.front().choice.shape;
  const BootstrapEstimate& size = Figure(prediction, "size").estimate;
  SetShape(shape, target, size.value, response);
  response.set_law(prediction.law);
  response.set_aspect_ratio(aspect_ratio);
  const std::string& method = prediction.interval_method;
  SetEstimate(size, prediction.level, method, response.mutable_optimal_size());
  SetEstimate(Figure(prediction, "tokens").estimate, prediction.level, method,
              response.mutable_optimal_tokens());
  const double shape_size = EffectiveSize(shape);
  SetEstimate(
      LossOfRun(prediction, shape_size, target.flops / 6 / shape_size,
                AspectRatio(shape)),
      prediction.level,
      "one run: the law's case bootstrap, the scatter of runs about it, and "
      "what it missed the largest budget by when left out",
      response.mutable_loss());
  for (const LawFigure& figure : prediction.figures) {
    SetFigure(figure, prediction.level, method, response.add_figures());
  }
  for (const PricedShape& priced : shapes) {
    *response.add_shapes() = ToProto(priced);
  }
  response.set_method(absl::StrFormat(
      "the law %s of %s; without the %d trials of the largest budget it puts "
      "their loss %+.2f %% off (standard error %.2f %%)",
      prediction.law, method, prediction.check.runs,
      100 * std::expm1(prediction.check.miss),
      100 * prediction.check.standard_error));
  if (trend.ok() && Apart(trend->size.percentile, size.percentile)) {
    response.add_warnings(absl::StrFormat(
        "the methods disagree: the best size is %.4g by the law and %.4g along "
        "the trend of the budgets' optima, and the intervals do not meet",
        size.value, trend->size.value));
  }
  AddWarnings(prediction.warnings, response);
  return response;
}

absl::StatusOr<v1::PredictShapeResponse> ByTrend(
    const IsoflopFit& fit, const OptimumPrediction& optimum,
    const std::vector<ScalingPoint>& points, const PredictionTarget& target) {
  ISOSHAPE_ASSIGN_OR_RETURN(const Shape shape, Snap(target, optimum.size.value,
                                                    optimum.aspect_ratio));
  ISOSHAPE_ASSIGN_OR_RETURN(
      const LossPrediction loss,
      PredictLoss(fit, points, target.flops, EffectiveSize(shape)));
  v1::PredictShapeResponse response;
  SetShape(shape, target, optimum.size.value, response);
  response.set_law("isoflop");
  const double level = fit.options.level;
  const std::string method = BootstrapMethod(fit.options) + ", along the trend";
  SetEstimate(optimum.size, level, method, response.mutable_optimal_size());
  SetEstimate(optimum.tokens, level, method, response.mutable_optimal_tokens());
  SetEstimate(loss.loss, level, loss.method, response.mutable_loss());
  response.set_aspect_ratio(optimum.aspect_ratio);
  AddWarnings(fit.warnings, response);
  AddWarnings(optimum.warnings, response);
  response.set_method(absl::StrFormat(
      "size by the trend of %d budgets (%s); aspect ratio %.3g, the geometric "
      "mean of the best measured; loss by %s",
      fit.size->budgets, fit.method, optimum.aspect_ratio, loss.method));
  return response;
}

absl::StatusOr<v1::PredictShapeResponse> Predict(
    const RunTable& runs, const std::vector<ScalingPoint>& points,
    const IsoflopOptions& options, int choices,
    const PredictionTarget& target) {
  PredictLawOptions how;
  how.fit.size = SizeMeasure::kFlopsPerToken;
  how.fit.resamples = options.resamples;
  how.fit.seed = options.seed;
  how.fit.level = options.level;
  how.fit.execution.threads = 1;  // the cache decides how many there are
  how.flops = target.flops;
  how.family = FamilyOf(target);
  how.choices = choices;

  const absl::StatusOr<IsoflopFit> fit =
      FitIsoflop(points, options, how.fit.execution);
  const absl::StatusOr<OptimumPrediction> trend =
      fit.ok() ? PredictOptimum(*fit, target.flops)
               : absl::StatusOr<OptimumPrediction>(fit.status());
  std::vector<std::string> reasons;
  const auto identified = [&](Law law) -> absl::StatusOr<LawPrediction> {
    how.fit.law = law;
    absl::StatusOr<LawPrediction> prediction = PredictByLaw(runs, how);
    if (prediction.ok() && !prediction->problems.empty()) {
      prediction = absl::FailedPreconditionError(
          absl::StrJoin(prediction->problems, "; "));
    }
    if (!prediction.ok()) {
      reasons.push_back(absl::StrFormat("the law %s is not used: %s",
                                        LawName(law),
                                        prediction.status().message()));
    }
    return prediction;
  };

  if (const auto law = identified(Law::kShape); law.ok()) {
    return ByLaw(*law, law->shapes, Figure(*law, "aspect_ratio").estimate.value,
                 trend, target);
  }
  if (!trend.ok()) return trend.status();
  absl::StatusOr<v1::PredictShapeResponse> response;
  if (const auto law = identified(Law::kParametric); law.ok()) {
    ISOSHAPE_ASSIGN_OR_RETURN(
        const std::vector<PricedShape> shapes,
        PriceSizes(*law, trend->aspect_ratio, target, choices));
    response = ByLaw(*law, shapes, trend->aspect_ratio, trend, target);
    AddWarnings(trend->aspect_warnings, *response);
  } else {
    response = ByTrend(*fit, *trend, points, target);
  }
  if (response.ok()) AddWarnings(reasons, *response);
  return response;
}

}  // namespace

absl::StatusOr<v1::PredictShapeResponse> PredictFromResults(
    const CampaignResults& results, const v1::PredictShapeRequest& request) {
  ISOSHAPE_RETURN_IF_ERROR(CheckRequest(request));
  ISOSHAPE_ASSIGN_OR_RETURN(const IsoflopOptions options,
                            ToIsoflopOptions(request.fit()));
  const RunTable runs = RunsUpTo(results.runs, options.max_budget);
  if (runs.rows() == 0) {
    return absl::FailedPreconditionError(
        absl::StrFormat("no budget is at or below %g FLOPs; raise max_budget",
                        options.max_budget));
  }
  ISOSHAPE_ASSIGN_OR_RETURN(
      const PredictionTarget target,
      MakeTarget(results, request,
                 *std::max_element(runs.budget.begin(), runs.budget.end())));
  ISOSHAPE_ASSIGN_OR_RETURN(
      v1::PredictShapeResponse response,
      Predict(runs, results.points, options,
              request.choices() == 0 ? kDefaultChoices : request.choices(),
              target));
  AddMethodOfLatency(target, response);
  // What is to be known of the results comes first.
  google::protobuf::RepeatedPtrField<std::string> warnings(
      results.warnings.begin(), results.warnings.end());
  warnings.MergeFrom(response.warnings());
  *response.mutable_warnings() = std::move(warnings);
  return response;
}

}  // namespace isoshape
