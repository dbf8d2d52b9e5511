#include "scaling/predict/answerer.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status/status_macros.h"
#include "common/text/counted.h"
#include "common/text/format_number.h"
#include "scaling/allocation/allocation.h"
#include "scaling/predict/gates.h"
#include "scaling/predict/refusal.h"
#include "scaling/predict/shape_warnings.h"
#include "scaling/reports/report_parts.h"
#include "shape/accounting.h"
#include "shape/feasible.h"

namespace isoshape {
namespace {

// A feasible shape counts as near the wanted size within this factor of it.
constexpr double kNearSize = 4;
// Sizes that differ by this factor count as different choices.
constexpr double kSizeStep = 1.5;
// Whether two intervals, of which an end may be absent, have nothing in common.
bool Apart(const Interval& a, const Interval& b) {
  return (a.upper && b.lower && *a.upper < *b.lower) ||
         (b.upper && a.lower && *b.upper < *a.lower);
}

// Whether the law could be tried on runs that were left out.
bool Made(const LawCheck& check) {
  return check.reach > 0 && std::isfinite(check.miss);
}

// Prediction::unidentified.
std::string UnidentifiedOf(const LawPrediction& law) {
  if (law.allocation.fixed()) return law.Figure("loss").unidentified;
  for (const char* name : {"size", "tokens", "loss"}) {
    const LawFigure& figure = law.Figure(name);
    if (figure.unidentified.empty()) continue;
    return figure.name == "size" ? figure.unidentified : ProblemOf(figure);
  }
  return "";
}

std::string MethodOf(const LawPrediction& law) {
  std::string text = absl::StrCat("the law ", law.law);
  if (!law.interval_method.empty()) {
    absl::StrAppend(&text, "; intervals by ", law.interval_method);
  }
  if (Made(law.check)) {
    absl::StrAppendFormat(
        &text,
        "; without the %s above %s FLOPs it puts their loss %+.2f %% "
        "off (standard error %.2f %%)",
        Counted(law.check.runs, "run"), FormatFlops(law.check.above),
        100 * std::expm1(law.check.miss), 100 * law.check.standard_error);
  }
  return text;
}

}  // namespace

absl::StatusOr<Trend> Answerer::FitTrend() const {
  ISOSHAPE_ASSIGN_OR_RETURN(const Resampling resampling,
                            ResamplingOf(runs_, question_.fit));
  Trend trend;
  ISOSHAPE_ASSIGN_OR_RETURN(trend.fit,
                            FitIsoflop(runs_, resampling,
                                       {.rule = {.method = question_.fit.rule},
                                        .level = question_.fit.level,
                                        .seed = question_.fit.seed},
                                       question_.fit.execution));
  ISOSHAPE_ASSIGN_OR_RETURN(trend.optimum,
                            PredictOptimum(trend.fit, question_.flops));
  return trend;
}

absl::StatusOr<Shape> Answerer::Nearest(double size,
                                        double aspect_ratio) const {
  if (!(std::isfinite(size) && size > 0)) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "the best size at %s FLOPs comes out as %g: the runs do not show one",
        FormatFlops(question_.flops), size));
  }
  const ShapeCandidates& candidates = question_.candidates;
  const double target =
      runs_.measure == SizeMeasure::kFlopsPerToken
          ? size
          : EffectiveSize(NearestShape(candidates.space, runs_.measure, size,
                                       aspect_ratio));
  const std::string problem = NoShapeProblem(
      candidates.space, candidates.tokens_per_step, question_.flops);
  if (!problem.empty()) {
    return LimitError(absl::StrFormat("no feasible shape at %s FLOPs: %s",
                                      FormatFlops(question_.flops), problem));
  }
  const std::optional<Shape> shape = NearestFeasibleShape(
      candidates.space, candidates.tokens_per_step, question_.flops,
      {.size = target, .aspect_ratio = aspect_ratio},
      [&](const Shape& one) { return candidates.Allow(one); });
  if (!shape) {
    return LimitError(absl::StrFormat(
        "no feasible shape at %s FLOPs %s; raise the limits, or widen the "
        "search space%s",
        FormatFlops(question_.flops),
        candidates.max_decode_seconds > 0
            ? absl::StrFormat("decodes a token within %g s",
                              candidates.max_decode_seconds)
            : absl::StrFormat("has an aspect ratio from %.3g to %.3g, within "
                              "twice those tried, and is within the limits",
                              candidates.tried.low_ratio(),
                              candidates.tried.high_ratio()),
        LeastOfLimits(candidates)));
  }
  const double off = EffectiveSize(*shape) / target;
  if (!question_.limited && (off > kNearSize || off < 1 / kNearSize)) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "the feasible shape nearest to size %s at %s FLOPs is %s of size "
        "%s, %.2g times as large; widen the search space",
        FormatCount(size), FormatFlops(question_.flops), ShapeLabel(*shape),
        FormatCount(SizeOf(*shape, runs_.measure)), off));
  }
  return *shape;
}

absl::StatusOr<std::vector<PricedShape>> Answerer::PriceSizes(
    const LawPrediction& law, double aspect_ratio) const {
  const double best_size = law.Figure("size").estimate.value;
  ISOSHAPE_ASSIGN_OR_RETURN(const Shape nearest,
                            Nearest(best_size, aspect_ratio));
  std::vector<Shape> shapes = {nearest};
  const int steps = law.allocation.fixed() ? 0 : question_.choices;
  for (int step = 1; step <= steps; ++step) {
    for (const double factor :
         {std::pow(kSizeStep, step), std::pow(kSizeStep, -step)}) {
      const auto shape = Nearest(factor * best_size, aspect_ratio);
      if (shape.ok() &&
          std::find(shapes.begin(), shapes.end(), *shape) == shapes.end()) {
        shapes.push_back(*shape);
      }
    }
  }
  std::vector<ShapeChoice> choices;
  for (const Shape& shape : shapes) {
    const double size = SizeOf(shape, runs_.measure);
    const double tokens = law.allocation.Tokens(size);
    if (!std::isfinite(tokens)) continue;  // serving alone takes the compute
    choices.push_back({.shape = shape,
                       .size = size,
                       .tokens = tokens,
                       .loss = std::exp(law.log_loss_at_best(
                           std::log(size), std::log(tokens)))});
  }
  std::sort(choices.begin(), choices.end(),
            [](const ShapeChoice& a, const ShapeChoice& b) {
              return a.loss < b.loss;
            });
  choices.resize(
      std::min(choices.size(), static_cast<size_t>(question_.choices)));
  return Price(law, choices, question_.candidates);
}

Prediction Answerer::Begin(const std::string& law) const {
  Prediction prediction;
  prediction.law = law;
  prediction.flops = prediction.training_flops = question_.flops;
  const std::vector<double> levels = runs_.ComputeLevels();
  prediction.largest_flops = *std::max_element(levels.begin(), levels.end());
  prediction.constraint = "C = 6 N D";
  prediction.level = question_.fit.level;
  return prediction;
}

double Answerer::MeasuredRatio(const absl::StatusOr<Trend>& trend) const {
  if (trend.ok()) return trend->optimum.aspect_ratio;
  if (!runs_.has_shapes()) return 0;
  std::vector<double> ratios;
  for (size_t i = 0; i < runs_.rows(); ++i) {
    ratios.push_back(runs_.width[i] / runs_.depth[i]);
  }
  return Median(std::move(ratios));
}

absl::Status Answerer::AddShapes(const LawPrediction& law,
                                 const absl::StatusOr<Trend>& trend,
                                 Prediction& prediction) const {
  if (!law.shapes.empty()) {
    prediction.shapes = law.shapes;
    prediction.aspect_ratio = law.Figure("aspect_ratio").estimate.value;
  } else if (const double ratio = MeasuredRatio(trend); ratio > 0) {
    prediction.aspect_ratio = ratio;
    // A law that judges ratios and names none found none; the parametric law
    // knows nothing of them, and takes what the budgets measured.
    prediction.aspect_ratio_open = law.law != LawName(Law::kParametric) ||
                                   !trend.ok() ||
                                   !trend->optimum.aspect_warnings.empty();
    ISOSHAPE_ASSIGN_OR_RETURN(prediction.shapes, PriceSizes(law, ratio));
  }
  if (prediction.shapes.empty()) return absl::OkStatus();
  WarnOfShape(question_, prediction);
  WarnOfLimits(runs_, question_, law, prediction);
  return absl::OkStatus();
}

void Answerer::AddLoss(const LawPrediction& law, Prediction& prediction) const {
  const std::optional<Place>& place = law.allocation.place;
  double size = prediction.size.value;
  double aspect_ratio =
      place ? place->aspect_ratio.value_or(0) : prediction.aspect_ratio;
  if (!prediction.shapes.empty()) {
    const ShapeChoice& best = prediction.shapes.front().choice;
    size = best.size;
    aspect_ratio = AspectRatio(best.shape);
  }
  prediction.loss =
      LossOfRun(law, size, law.allocation.Tokens(size), aspect_ratio);
  if (prediction.interval_method.empty()) return;
  prediction.loss_method =
      absl::StrCat("one run: ", prediction.interval_method,
                   ", the scatter of runs about the law, and what it missed "
                   "the largest runs by when they were left out");
}

void Answerer::AddWarnings(const LawPrediction& law,
                           const absl::StatusOr<Trend>& trend,
                           Prediction& prediction) const {
  std::vector<std::string>& warnings = prediction.warnings;
  if (trend.ok() && law.allocation.plain() &&
      Apart(trend->optimum.size.percentile, prediction.size.percentile)) {
    warnings.push_back(absl::StrFormat(
        "the methods disagree: the best size is %s by the law and %s along "
        "the trend of the budgets' optima, and the intervals do not meet",
        FormatCount(prediction.size.value),
        FormatCount(trend->optimum.size.value)));
  }
  warnings.insert(warnings.end(), law.warnings.begin(), law.warnings.end());
  const std::optional<Place>& place = law.allocation.place;
  if (place && place->aspect_ratio && law.law == LawName(Law::kParametric)) {
    warnings.push_back(absl::StrFormat(
        "the law parametric knows no shapes: the loss is that of size %s, "
        "whatever the aspect ratio",
        FormatCount(place->size)));
  }
  if (!law.shapes.empty() || prediction.shapes.empty()) return;
  if (trend.ok()) {
    const std::vector<std::string>& more = trend->optimum.aspect_warnings;
    warnings.insert(warnings.end(), more.begin(), more.end());
  } else {
    warnings.push_back(absl::StrFormat(
        "the aspect ratio, %.3g, is the median of the runs', not a finding",
        prediction.aspect_ratio));
  }
}

absl::StatusOr<Prediction> Answerer::ByLaw(
    LawPrediction law, const absl::StatusOr<Trend>& trend) const {
  const Allocation& allocation = law.allocation;
  Prediction prediction = Begin(law.law);
  prediction.constraint = law.constraint;
  prediction.asked = allocation;
  prediction.size = law.Figure("size").estimate;
  prediction.tokens = law.Figure("tokens").estimate;
  if (!allocation.plain()) {
    prediction.training_flops = std::exp(allocation.LnTrainingFlops(
        std::log(prediction.size.value), std::log(prediction.tokens.value)));
  }
  prediction.interval_method = law.interval_method;
  prediction.method = MethodOf(law);
  if (Made(law.check)) prediction.check = law.check;
  prediction.unidentified = UnidentifiedOf(law);
  if (!prediction.unidentified.empty()) {
    prediction.warnings = law.warnings;
    for (const std::string& problem : law.problems) {
      const bool said =
          std::any_of(law.warnings.begin(), law.warnings.end(),
                      [&](const std::string& warning) {
                        return absl::StrContains(warning, problem);
                      });
      if (!said) prediction.warnings.push_back(problem);
    }
    prediction.figures = std::move(law.figures);
    return prediction;
  }
  // A ladder has one size at a compute, and so compares no shapes.
  if (!allocation.place && law.law != LawName(Law::kLadder)) {
    ISOSHAPE_RETURN_IF_ERROR(AddShapes(law, trend, prediction));
  }
  AddLoss(law, prediction);
  AddWarnings(law, trend, prediction);
  prediction.figures = std::move(law.figures);
  return prediction;
}

absl::StatusOr<Prediction> Answerer::ByTrend(const Trend& trend) const {
  const auto& [fit, optimum] = trend;
  Prediction prediction = Begin(LawName(Law::kIsoflop));
  prediction.size = optimum.size;
  prediction.tokens = optimum.tokens;
  ISOSHAPE_ASSIGN_OR_RETURN(const Resampling resampling,
                            ResamplingOf(runs_, question_.fit));
  prediction.interval_method =
      IntervalMethod(runs_, question_.fit, resampling) + ", along the trend";
  if (const absl::Status known = CheckTrendOptimum(optimum); !known.ok()) {
    prediction.unidentified = WithDetail(known);
  }
  if (!prediction.unidentified.empty()) {
    prediction.method =
        absl::StrFormat("the trend of %d budgets, rule %s", fit.size->budgets,
                        RuleName(question_.fit.rule));
    prediction.warnings = fit.warnings;
    return prediction;
  }
  prediction.aspect_ratio = optimum.aspect_ratio;
  prediction.aspect_ratio_open = !optimum.aspect_warnings.empty();
  double size = optimum.size.value;
  if (optimum.aspect_ratio > 0) {
    PricedShape& best = prediction.shapes.emplace_back();
    ISOSHAPE_ASSIGN_OR_RETURN(best.choice.shape,
                              Nearest(size, optimum.aspect_ratio));
    const Shape& shape = best.choice.shape;
    size = best.choice.size = SizeOf(shape, runs_.measure);
    best.choice.tokens = ComputeRule().Tokens(size, question_.flops);
    best.parameters = static_cast<double>(CountParameters(shape).total());
    const std::optional<DecodeLatency>& latency = question_.candidates.latency;
    if (latency) best.decode_seconds = latency->At(shape);
    best.beyond = question_.candidates.tried.Beyond(shape);
  }
  ISOSHAPE_ASSIGN_OR_RETURN(const LossPrediction loss,
                            PredictLoss(fit, runs_, question_.flops, size));
  prediction.loss = loss.loss;
  prediction.loss_method = loss.method;
  prediction.method = absl::StrFormat(
      "size by the trend of %d budgets, rule %s (%s)", fit.size->budgets,
      RuleName(question_.fit.rule), fit.method);
  if (!prediction.shapes.empty()) {
    prediction.shapes.front().choice.loss = loss.loss.value;
    absl::StrAppendFormat(
        &prediction.method,
        "; aspect ratio %.3g, the geometric mean of the best measured",
        optimum.aspect_ratio);
  }
  absl::StrAppend(&prediction.method, "; loss by ", loss.method);
  if (!prediction.shapes.empty()) WarnOfShape(question_, prediction);
  for (const std::vector<std::string>* more :
       {&fit.warnings, &optimum.warnings}) {
    prediction.warnings.insert(prediction.warnings.end(), more->begin(),
                               more->end());
  }
  return prediction;
}

}  // namespace isoshape
