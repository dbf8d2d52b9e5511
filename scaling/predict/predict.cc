#include "scaling/predict/predict.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <limits>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/status_macros.h"
#include "scaling/isoflop/isoflop.h"
#include "scaling/predict/backtest.h"
#include "scaling/predict/shape_warnings.h"
#include "scaling/predict/trend_prediction.h"
#include "scaling/reports/report_parts.h"
#include "scaling/runs/geometry.h"
#include "shape/accounting.h"
#include "shape/feasible.h"

namespace isoshape {
namespace {

// A feasible shape counts as near the wanted size within this factor of it.
constexpr double kNearSize = 4;
// Sizes that differ by this factor count as different choices.
constexpr double kSizeStep = 1.5;
// Laws whose regret (ln loss) differs by less count as equal: a single budget
// left out shows no more, for its curve is noisy.
constexpr double kEqualRegret = 0.0005;
// A law that finds the best size of the budget left out no nearer than by this
// factor is not followed.
constexpr double kMaxSizeMiss = 2;
// A best size must have been passed among the runs of this share of the largest
// compute or more: runs on either side of it, or within this factor of it.
constexpr double kTopFlops = 10;
constexpr double kAtBest = 1.1;
// So many runs whose loss was predicted when they were left out show what a law
// can do as a budget's best size does.
constexpr int kTrialRuns = 10;
// A law without priors is followed only if there are so many different runs for
// each of its parameters: resamples of fewer are no measure of its error.
constexpr int kRunsAParameter = 2;

// The trend of the isoFLOP optima, and its prediction at the compute of the
// question.
struct Trend {
  IsoflopFit fit;
  OptimumPrediction optimum;
};

// The laws that a prediction may follow, the best first.
class Ladder {
 public:
  // `question` with latency fitted. Both must outlive the ladder.
  Ladder(const Runs& runs, const PredictionQuestion& question)
      : runs_(runs), question_(question), geometry_(MeasureGeometry(runs)) {}

  absl::StatusOr<Prediction> ByNamedLaw(Law law) const;
  absl::StatusOr<Prediction> ByIdentifiedLaw() const;

 private:
  // A law and how it fared when the largest budget was left out.
  struct Rung {
    Law law;
    std::optional<SizeBacktest> tried;
  };
  std::vector<Rung> Ranked() const;
  // Why a law is not to be followed for how it fared, or OK. `only_if_tried`:
  // the surface found nothing, so that another law must have shown what it can.
  absl::Status CheckTrial(const Rung& rung, bool only_if_tried) const;
  // Why a best size was not seen among the runs of most compute, or OK.
  absl::Status CheckBracketed(
      const std::function<double(double flops)>& best_size) const;
  // The prediction by a law, or why the runs do not identify it.
  absl::StatusOr<Prediction> ByLawIfIdentified(
      const Rung& rung, const absl::StatusOr<Trend>& trend,
      bool only_if_tried) const;
  // An aspect ratio for laws that know none: that of the best measured shapes,
  // or else of the runs; 0: shapes are not known.
  double MeasuredRatio(const absl::StatusOr<Trend>& trend) const;
  absl::StatusOr<LawPrediction> Ask(Law law) const;
  absl::StatusOr<Trend> FitTrend() const;
  // The feasible shape nearest to a size and aspect ratio, within the limits.
  absl::StatusOr<Shape> Nearest(double size, double aspect_ratio) const;
  // The feasible shapes of one aspect ratio, at the best size and at kSizeStep
  // times it and so on, with what the law says that they cost; best first.
  absl::StatusOr<std::vector<PricedShape>> PriceSizes(
      const LawPrediction& law, double aspect_ratio) const;

  // A prediction with the fields that do not depend on how it is made.
  Prediction Begin(const std::string& law) const;
  absl::StatusOr<Prediction> ByLaw(LawPrediction law,
                                   const absl::StatusOr<Trend>& trend) const;
  absl::StatusOr<Prediction> ByTrend(const Trend& trend) const;

  const Runs& runs_;
  const PredictionQuestion& question_;
  const RunGeometry geometry_;
};

absl::StatusOr<LawPrediction> Ladder::Ask(Law law) const {
  PredictLawOptions options{.fit = question_.fit,
                            .flops = question_.flops,
                            .candidates = question_.candidates,
                            .choices = question_.choices};
  options.fit.law = law;
  return PredictByLaw(runs_, options);
}

absl::StatusOr<Trend> Ladder::FitTrend() const {
  ISOSHAPE_ASSIGN_OR_RETURN(const Resampling resampling,
                            ResamplingOf(runs_, question_.fit));
  Trend trend;
  ISOSHAPE_ASSIGN_OR_RETURN(trend.fit, FitIsoflop(runs_, resampling,
                                                  {.level = question_.fit.level,
                                                   .seed = question_.fit.seed},
                                                  question_.fit.execution));
  ISOSHAPE_ASSIGN_OR_RETURN(trend.optimum,
                            PredictOptimum(trend.fit, question_.flops));
  return trend;
}

absl::StatusOr<Shape> Ladder::Nearest(double size, double aspect_ratio) const {
  if (!(std::isfinite(size) && size > 0)) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "the best size at %.4g FLOPs comes out as %g: the runs do not show one",
        question_.flops, size));
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
    return LimitError(absl::StrFormat("no feasible shape at %.4g FLOPs: %s",
                                      question_.flops, problem));
  }
  const std::optional<Shape> shape = NearestFeasibleShape(
      candidates.space, candidates.tokens_per_step, question_.flops,
      {.size = target, .aspect_ratio = aspect_ratio},
      [&](const Shape& one) { return candidates.Allow(one); });
  if (!shape) {
    return LimitError(absl::StrFormat(
        "no feasible shape at %.4g FLOPs %s; raise the limits, or widen the "
        "search space",
        question_.flops,
        candidates.max_decode_seconds > 0
            ? absl::StrFormat("decodes a token within %g s",
                              candidates.max_decode_seconds)
            : absl::StrFormat("has an aspect ratio from %.3g to %.3g, within "
                              "twice those tried, and is within the limits",
                              candidates.tried.low_ratio(),
                              candidates.tried.high_ratio())));
  }
  const double off = EffectiveSize(*shape) / target;
  if (!question_.limited && (off > kNearSize || off < 1 / kNearSize)) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "the feasible shape nearest to size %.4g at %.4g FLOPs is %s of size "
        "%.4g, %.2g times as large; widen the search space",
        size, question_.flops, ShapeLabel(*shape),
        SizeOf(*shape, runs_.measure), off));
  }
  return *shape;
}

absl::StatusOr<std::vector<PricedShape>> Ladder::PriceSizes(
    const LawPrediction& law, double aspect_ratio) const {
  const double best_size = law.Figure("size").estimate.value;
  ISOSHAPE_ASSIGN_OR_RETURN(const Shape nearest,
                            Nearest(best_size, aspect_ratio));
  std::vector<Shape> shapes = {nearest};
  for (int step = 1; step <= question_.choices; ++step) {
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
    const double tokens = law.rule.Tokens(size, question_.flops);
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

Prediction Ladder::Begin(const std::string& law) const {
  Prediction prediction;
  prediction.law = law;
  prediction.flops = question_.flops;
  prediction.largest_flops =
      runs_.budget.empty()
          ? runs_.FlopsRange().second
          : *std::max_element(runs_.budget.begin(), runs_.budget.end());
  prediction.constraint = "C = 6 N D";
  prediction.level = question_.fit.level;
  return prediction;
}

// Whether two intervals, of which an end may be absent, have nothing in common.
bool Apart(const Interval& a, const Interval& b) {
  return (a.upper && b.lower && *a.upper < *b.lower) ||
         (b.upper && a.lower && *b.upper < *a.lower);
}

// Whether the law could be tried on runs that were left out.
bool Made(const LawCheck& check) {
  return check.reach > 0 && std::isfinite(check.miss);
}

std::string MethodOf(const LawPrediction& law) {
  std::string text = absl::StrCat("the law ", law.law);
  if (!law.interval_method.empty()) {
    absl::StrAppend(&text, "; intervals by ", law.interval_method);
  }
  if (Made(law.check)) {
    absl::StrAppendFormat(
        &text,
        "; without the %d runs above %.3g FLOPs it puts their loss %+.2f %% "
        "off (standard error %.2f %%)",
        law.check.runs, law.check.above, 100 * std::expm1(law.check.miss),
        100 * law.check.standard_error);
  }
  return text;
}

absl::StatusOr<Prediction> Ladder::ByLaw(
    LawPrediction law, const absl::StatusOr<Trend>& trend) const {
  Prediction prediction = Begin(law.law);
  prediction.constraint = law.constraint;
  prediction.size = law.Figure("size").estimate;
  prediction.tokens = law.Figure("tokens").estimate;
  prediction.interval_method = law.interval_method;
  prediction.method = MethodOf(law);
  if (Made(law.check)) prediction.check = law.check;
  prediction.unidentified = law.Figure("size").unidentified;
  if (!prediction.unidentified.empty()) {
    prediction.warnings = law.warnings;
    prediction.warnings.insert(prediction.warnings.end(), law.problems.begin(),
                               law.problems.end());
    prediction.figures = std::move(law.figures);
    return prediction;
  }
  if (!law.shapes.empty()) {
    prediction.shapes = law.shapes;
    prediction.aspect_ratio = law.Figure("aspect_ratio").estimate.value;
  } else if (const double ratio = MeasuredRatio(trend); ratio > 0) {
    prediction.aspect_ratio = ratio;
    ISOSHAPE_ASSIGN_OR_RETURN(prediction.shapes, PriceSizes(law, ratio));
  }
  double size = prediction.size.value;
  double aspect_ratio = prediction.aspect_ratio;
  if (!prediction.shapes.empty()) {
    const ShapeChoice& best = prediction.shapes.front().choice;
    size = best.size;
    aspect_ratio = AspectRatio(best.shape);
    WarnOfShape(question_, prediction);
  }
  prediction.loss = LossOfRun(law, size, law.rule.Tokens(size, question_.flops),
                              aspect_ratio);
  if (!prediction.interval_method.empty()) {
    prediction.loss_method =
        absl::StrCat("one run: ", prediction.interval_method,
                     ", the scatter of runs about the law, and what it missed "
                     "the largest runs by when they were left out");
  }
  if (trend.ok() &&
      Apart(trend->optimum.size.percentile, prediction.size.percentile)) {
    prediction.warnings.push_back(absl::StrFormat(
        "the methods disagree: the best size is %.4g by the law and %.4g along "
        "the trend of the budgets' optima, and the intervals do not meet",
        prediction.size.value, trend->optimum.size.value));
  }
  prediction.warnings.insert(prediction.warnings.end(), law.warnings.begin(),
                             law.warnings.end());
  if (law.shapes.empty() && !prediction.shapes.empty()) {
    if (trend.ok()) {
      const std::vector<std::string>& more = trend->optimum.aspect_warnings;
      prediction.warnings.insert(prediction.warnings.end(), more.begin(),
                                 more.end());
    } else {
      prediction.warnings.push_back(absl::StrFormat(
          "the aspect ratio, %.3g, is the median of the runs', not a finding",
          prediction.aspect_ratio));
    }
  }
  prediction.figures = std::move(law.figures);
  return prediction;
}

absl::StatusOr<Prediction> Ladder::ByTrend(const Trend& trend) const {
  const auto& [fit, optimum] = trend;
  Prediction prediction = Begin(LawName(Law::kIsoflop));
  prediction.size = optimum.size;
  prediction.tokens = optimum.tokens;
  ISOSHAPE_ASSIGN_OR_RETURN(const Resampling resampling,
                            ResamplingOf(runs_, question_.fit));
  prediction.interval_method =
      IntervalMethod(runs_, question_.fit, resampling) + ", along the trend";
  prediction.aspect_ratio = optimum.aspect_ratio;
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
  prediction.method = absl::StrFormat("size by the trend of %d budgets (%s)",
                                      fit.size->budgets, fit.method);
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

absl::StatusOr<Prediction> Ladder::ByNamedLaw(Law law) const {
  const absl::StatusOr<Trend> trend = FitTrend();
  if (law == Law::kIsoflop) {
    ISOSHAPE_RETURN_IF_ERROR(trend.status());
    return ByTrend(*trend);
  }
  ISOSHAPE_ASSIGN_OR_RETURN(LawPrediction prediction, Ask(law));
  return ByLaw(std::move(prediction), trend);
}

double Ladder::MeasuredRatio(const absl::StatusOr<Trend>& trend) const {
  if (trend.ok()) return trend->optimum.aspect_ratio;
  if (!runs_.has_shapes()) return 0;
  std::vector<double> ratios;
  for (size_t i = 0; i < runs_.rows(); ++i) {
    ratios.push_back(runs_.width[i] / runs_.depth[i]);
  }
  std::sort(ratios.begin(), ratios.end());
  return Quantile(ratios, 0.5);
}

std::vector<Ladder::Rung> Ladder::Ranked() const {
  const SizeBacktester backtester(runs_, question_.fit);
  std::vector<Rung> rungs;
  for (const Law law :
       {Law::kSurface, Law::kShape, Law::kParametric, Law::kIsoflop}) {
    if (law == Law::kShape && !runs_.has_shapes()) continue;
    // Only the parametric law tells tokens that repeat from fresh ones, has an
    // E to be fixed and another loss.
    const LawOptions& fit = question_.fit;
    const bool parametric_alone =
        fit.corpus_tokens || fit.fixed_e || fit.loss.least_absolute;
    if (parametric_alone && law != Law::kParametric) continue;
    rungs.push_back({.law = law, .tried = backtester.Try(law)});
  }
  double least = std::numeric_limits<double>::infinity();
  for (const Rung& rung : rungs) {
    if (rung.tried) least = std::min(least, rung.tried->regret);
  }
  const auto rank = [&](const Rung& rung) {
    if (!rung.tried) return std::numeric_limits<double>::infinity();
    return rung.tried->regret <= least + kEqualRegret ? least
                                                      : rung.tried->regret;
  };
  std::stable_sort(
      rungs.begin(), rungs.end(),
      [&](const Rung& a, const Rung& b) { return rank(a) < rank(b); });
  return rungs;
}

absl::Status Ladder::CheckTrial(const Rung& rung, bool only_if_tried) const {
  if (!rung.tried) {
    if (!only_if_tried) return absl::OkStatus();
    return absl::FailedPreconditionError(
        "it could not be tried on the size of a budget left out");
  }
  const double off = rung.tried->predicted / rung.tried->measured;
  if (std::abs(std::log(off)) <= std::log(kMaxSizeMiss)) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(absl::StrFormat(
      "predicted from a quarter of its compute or less, the best size at %.3g "
      "FLOPs comes out %.3g times the measured one, %.4g: the runs do not tell "
      "it",
      rung.tried->flops, off, rung.tried->measured));
}

absl::Status Ladder::CheckBracketed(
    const std::function<double(double flops)>& best_size) const {
  const std::vector<double> flops = runs_.TrainingFlops();
  const double largest = *std::max_element(flops.begin(), flops.end());
  bool smaller = false;
  bool larger = false;
  for (size_t i = 0; i < flops.size(); ++i) {
    if (flops[i] < largest / kTopFlops) continue;
    const double off = runs_.size[i] / best_size(flops[i]);
    smaller = smaller || off <= kAtBest;
    larger = larger || off >= 1 / kAtBest;
  }
  if (smaller && larger) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrFormat(
      "its best size at %.3g FLOPs, %.4g, is %s than that of every run of a "
      "tenth of that compute or more: no best size was passed; add %s runs",
      largest, best_size(largest), smaller ? "larger" : "smaller",
      smaller ? "larger" : "smaller"));
}

absl::StatusOr<Prediction> Ladder::ByLawIfIdentified(
    const Rung& rung, const absl::StatusOr<Trend>& trend,
    bool only_if_tried) const {
  const Law law = rung.law;
  if (law == Law::kIsoflop) {
    ISOSHAPE_RETURN_IF_ERROR(trend.status());
    ISOSHAPE_RETURN_IF_ERROR(CheckTrial(rung, only_if_tried));
    ISOSHAPE_RETURN_IF_ERROR(CheckBracketed(
        [&](double flops) { return trend->fit.size->At(flops); }));
    for (const std::string& reason : {UnidentifiedBy(trend->optimum.size),
                                      WideInterval(trend->optimum.size)}) {
      if (reason.empty()) continue;
      return absl::FailedPreconditionError("size is not identified: " + reason);
    }
    ISOSHAPE_ASSIGN_OR_RETURN(Prediction prediction, ByTrend(*trend));
    if (question_.fit.resamples > 0 && !prediction.loss.lower) {
      return absl::FailedPreconditionError(
          "loss is not identified: it has no interval");
    }
    return prediction;
  }
  if (law != Law::kSurface && !geometry_.one_budget.empty()) {
    return absl::FailedPreconditionError(geometry_.one_budget);
  }
  const int parameters = law == Law::kShape ? RatioLaw::kParameters
                                            : PowerSumOptions().Parameters(2);
  if (law != Law::kSurface &&
      geometry_.different < kRunsAParameter * parameters) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "%d different runs are too few to trust the intervals of its %d "
        "parameters, which need %d for each",
        geometry_.different, parameters, kRunsAParameter));
  }
  ISOSHAPE_ASSIGN_OR_RETURN(LawPrediction prediction, Ask(law));
  ISOSHAPE_RETURN_IF_ERROR(CheckBracketed(prediction.best_size));
  // The losses of many runs that were left out are a trial too.
  ISOSHAPE_RETURN_IF_ERROR(
      CheckTrial(rung, only_if_tried && prediction.check.runs < kTrialRuns));
  if (!prediction.problems.empty()) {
    return absl::FailedPreconditionError(
        absl::StrJoin(prediction.problems, "; "));
  }
  return ByLaw(std::move(prediction), trend);
}

absl::StatusOr<Prediction> Ladder::ByIdentifiedLaw() const {
  if (!geometry_.one_line.empty()) {
    return absl::FailedPreconditionError(
        absl::StrFormat("the best size at %.4g FLOPs is not identified: %s",
                        question_.flops, geometry_.one_line));
  }
  const absl::StatusOr<Trend> trend = FitTrend();
  if (absl::IsInvalidArgument(trend.status())) return trend.status();
  std::vector<std::string> tries;
  const std::vector<Rung> rungs = Ranked();
  for (const auto& [law, tried] : rungs) {
    if (!tried) continue;
    tries.push_back(absl::StrFormat(
        "%s %.3g times it, %.2f %% of loss lost", LawName(law),
        tried->predicted / tried->measured, 100 * std::expm1(tried->regret)));
  }
  std::vector<std::string> reasons;
  bool surface_refused = false;
  for (const auto& [law, tried] : rungs) {
    absl::StatusOr<Prediction> prediction =
        ByLawIfIdentified({law, tried}, trend, surface_refused);
    if (law == Law::kSurface) surface_refused = !prediction.ok();
    // Limits do not choose the law.
    if (IsLimitError(prediction.status())) return prediction;
    if (!prediction.ok()) {
      reasons.push_back(absl::StrFormat("the law %s is not used: %s",
                                        LawName(law),
                                        prediction.status().message()));
      continue;
    }
    if (!tries.empty()) {
      const SizeBacktest& any =
          *std::find_if(rungs.begin(), rungs.end(), [](const Rung& rung) {
             return rung.tried.has_value();
           })->tried;
      absl::StrAppendFormat(
          &prediction->method,
          "; predicted from a quarter of its compute or less, the best size at "
          "%.3g FLOPs, measured as %.4g, comes out by %s",
          any.flops, any.measured, absl::StrJoin(tries, ", by "));
    }
    prediction->warnings.insert(prediction->warnings.end(), reasons.begin(),
                                reasons.end());
    return prediction;
  }
  return absl::FailedPreconditionError(absl::StrFormat(
      "the runs do not identify the best size at %.4g FLOPs: %s",
      question_.flops, absl::StrJoin(reasons, "; ")));
}

// Refuses a compute that is far from that of every run.
absl::Status CheckReach(const Runs& runs, const PredictionQuestion& question) {
  if (question.anyway) return absl::OkStatus();
  const auto [low, high] = runs.FlopsRange();
  const bool above = question.flops > kFarthest * high;
  if (!above && question.flops >= low / kFarthest) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrFormat(
      "%.4g FLOPs are %.3g times the compute of the %s run, %.4g: nothing in "
      "the runs speaks of it; ask nearer to the runs, or for it anyway",
      question.flops, question.flops / (above ? high : low),
      above ? "largest" : "smallest", above ? high : low));
}

absl::Status Check(const Runs& runs, const PredictionQuestion& question) {
  if (!(std::isfinite(question.flops) && question.flops > 0)) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "compute %g is not a finite number above 0", question.flops));
  }
  if (question.law && *question.law != Law::kSurface &&
      *question.law != Law::kShape && *question.law != Law::kParametric &&
      *question.law != Law::kIsoflop) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "the law %s predicts no loss; take surface, shape, parametric or "
        "isoflop",
        LawName(*question.law)));
  }
  ISOSHAPE_RETURN_IF_ERROR(CheckLawOptions(question.fit));
  return CheckRuns(runs);
}

}  // namespace

absl::StatusOr<Prediction> Predict(const Runs& runs,
                                   const PredictionQuestion& question) {
  ISOSHAPE_RETURN_IF_ERROR(Check(runs, question));
  ISOSHAPE_ASSIGN_OR_RETURN(const Runs used,
                            RunsUpTo(runs, question.fit.max_budget));
  ISOSHAPE_RETURN_IF_ERROR(CheckReach(used, question));
  PredictionQuestion asked = question;
  asked.candidates.tried = TriedShapes::Of(used);
  absl::StatusOr<DecodeLatency> latency = FitDecodeLatency(question.measured);
  if (latency.ok()) {
    asked.candidates.latency = *std::move(latency);
  } else if (question.candidates.max_decode_seconds > 0) {
    return latency.status();
  }
  const Ladder ladder(used, asked);
  return question.law ? ladder.ByNamedLaw(*question.law)
                      : ladder.ByIdentifiedLaw();
}

}  // namespace isoshape
