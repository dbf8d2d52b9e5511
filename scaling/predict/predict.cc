#include "scaling/predict/predict.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/status_macros.h"
#include "scaling/allocation/allocation.h"
#include "scaling/predict/answerer.h"
#include "scaling/predict/backtest.h"
#include "scaling/predict/question.h"
#include "scaling/reports/report_parts.h"
#include "scaling/runs/geometry.h"
#include "scaling/surface/curvature_test.h"
#include "scaling/surface/surface_fit.h"

namespace isoshape {
namespace {

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

// The laws that a prediction may follow, the best first.
class Ladder {
 public:
  // `question` with latency fitted. Both must outlive the ladder.
  Ladder(const Runs& runs, const PredictionQuestion& question)
      : runs_(runs),
        question_(question),
        answerer_(runs, question),
        geometry_(MeasureGeometry(runs)) {}

  absl::StatusOr<Prediction> ByNamedLaw(Law law) const;
  absl::StatusOr<Prediction> ByIdentifiedLaw() const;

 private:
  // A law and how it fared when the largest budget was left out.
  struct Rung {
    Law law;
    std::optional<SizeBacktest> tried = {};
  };
  // The laws that can answer the question, ranked.
  std::vector<Rung> Ranked() const;
  // Why a law is not to be followed for how it fared, or OK. `only_if_tried`:
  // the surface found nothing, so that another law must have shown what it can.
  absl::Status CheckTrial(const Rung& rung, bool only_if_tried) const;
  // Why a best size was not seen among the runs of most compute, or OK.
  absl::Status CheckBracketed(
      const std::function<double(double flops)>& best_size) const;
  // Why the runs show a best size by no law, or OK.
  absl::Status CheckCurved() const;
  // The prediction by a law, or why the runs do not identify it. `curved` is
  // CheckCurved.
  absl::StatusOr<Prediction> ByLawIfIdentified(
      const Rung& rung, const absl::StatusOr<Trend>& trend,
      const absl::Status& curved, bool only_if_tried) const;
  // `resamples`: or the point alone, which takes no time beside them.
  absl::StatusOr<LawPrediction> Ask(Law law, bool resamples = true) const;
  // The answer to the question of what a law says of it.
  absl::StatusOr<Prediction> Answer(LawPrediction law,
                                    const absl::StatusOr<Trend>& trend) const;
  // None if the question is not about a compute.
  absl::StatusOr<Trend> FitTrend() const;
  // What the question is about.
  std::string Subject() const;

  const Runs& runs_;
  const PredictionQuestion& question_;
  const Answerer answerer_;
  const RunGeometry geometry_;
};

absl::StatusOr<LawPrediction> Ladder::Ask(Law law, bool resamples) const {
  PredictLawOptions options{.fit = question_.fit,
                            .allocation = AllocationOf(question_),
                            .candidates = question_.candidates,
                            .choices = question_.choices};
  options.fit.law = law;
  if (!resamples) {
    options.fit.resamples = 0;
    options.fit.resampling.reset();
  }
  return PredictByLaw(runs_, options);
}

std::string Ladder::Subject() const {
  const std::optional<Place> place = AllocationOf(question_).place;
  if (question_.target_loss) {
    return absl::StrFormat("what a loss of %.4g takes", *question_.target_loss);
  }
  return place
             ? absl::StrFormat("the loss of size %.4g on %.4g tokens",
                               place->size, place->tokens)
             : absl::StrFormat("the best size at %.4g FLOPs", question_.flops);
}

absl::StatusOr<Trend> Ladder::FitTrend() const {
  if (!question_.target_loss) return answerer_.FitTrend();
  return absl::FailedPreconditionError("a trend is of a compute");
}

absl::StatusOr<Prediction> Ladder::Answer(
    LawPrediction law, const absl::StatusOr<Trend>& trend) const {
  if (!question_.target_loss) return answerer_.ByLaw(std::move(law), trend);
  // From here on it is the question of the compute that the loss takes.
  PredictionQuestion found = question_;
  found.flops = law.allocation.flops;
  found.target_loss.reset();
  found.max_serve_flops.reset();
  ISOSHAPE_RETURN_IF_ERROR(CheckReach(runs_, found));
  ISOSHAPE_ASSIGN_OR_RETURN(
      Prediction prediction,
      Answerer(runs_, found).ByLaw(std::move(law), trend));
  prediction.target_loss = question_.target_loss;
  return prediction;
}

absl::StatusOr<Prediction> Ladder::ByNamedLaw(Law law) const {
  const absl::StatusOr<Trend> trend = FitTrend();
  if (law == Law::kIsoflop) {
    ISOSHAPE_RETURN_IF_ERROR(trend.status());
    return answerer_.ByTrend(*trend);
  }
  ISOSHAPE_ASSIGN_OR_RETURN(LawPrediction prediction, Ask(law));
  return Answer(std::move(prediction), trend);
}

std::vector<Ladder::Rung> Ladder::Ranked() const {
  const SizeBacktester backtester(runs_, question_.fit);
  std::vector<Rung> rungs;
  const Allocation allocation = AllocationOf(question_);
  // Only the parametric law has its repeated text, and is solved for a loss.
  if (allocation.corpus_tokens || allocation.target_loss)
    return {{.law = Law::kParametric}};
  for (const Law law :
       {Law::kSurface, Law::kShape, Law::kParametric, Law::kIsoflop}) {
    if (law == Law::kShape && !runs_.has_shapes()) continue;
    if (law == Law::kIsoflop && !allocation.plain()) continue;
    // Only the parametric law has an E to be fixed and another loss.
    const LawOptions& fit = question_.fit;
    const bool parametric_alone =
        fit.fixed_e || fit.loss.least_absolute || fit.tie_exponents;
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
  // Runs that repeat their text lie off their best size by intention: they tell
  // what repeating is worth, and a best size is passed among the others.
  const double corpus = question_.fit.corpus_tokens.value_or(
      std::numeric_limits<double>::infinity());
  std::vector<double> flops = runs_.TrainingFlops();
  for (size_t i = 0; i < flops.size(); ++i) {
    if (runs_.tokens[i] > corpus) flops[i] = 0;
  }
  const double largest = *std::max_element(flops.begin(), flops.end());
  if (largest == 0) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "every run repeats the %.4g tokens of the corpus, so no best size was "
        "passed; add runs of fewer tokens",
        corpus));
  }
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

absl::Status Ladder::CheckCurved() const {
  const Allocation allocation = AllocationOf(question_);
  // The law of repeated text is the only one of its runs.
  if (allocation.fixed() || allocation.target_loss ||
      question_.fit.corpus_tokens) {
    return absl::OkStatus();
  }
  ComputeRule rule;
  if (question_.fit.constraint == ComputeConstraint::kFlops) {
    ISOSHAPE_ASSIGN_OR_RETURN(rule, FitComputeRule(runs_));
  }
  const auto fit = FitSurface(
      runs_, rule, runs_.has_shapes() && geometry_.one_ratio.empty());
  if (!fit.ok()) return absl::OkStatus();
  const std::string flat = FlatCurves(*fit, runs_, rule, question_.fit.level);
  if (flat.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(flat);
}

absl::StatusOr<Prediction> Ladder::ByLawIfIdentified(
    const Rung& rung, const absl::StatusOr<Trend>& trend,
    const absl::Status& curved, bool only_if_tried) const {
  const Law law = rung.law;
  if (law == Law::kIsoflop) {
    ISOSHAPE_RETURN_IF_ERROR(trend.status());
    ISOSHAPE_RETURN_IF_ERROR(CheckTrial(rung, only_if_tried));
    ISOSHAPE_RETURN_IF_ERROR(CheckBracketed(
        [&](double flops) { return trend->fit.size->At(flops); }));
    ISOSHAPE_RETURN_IF_ERROR(curved);
    for (const std::string& reason : {UnidentifiedBy(trend->optimum.size),
                                      WideInterval(trend->optimum.size)}) {
      if (reason.empty()) continue;
      return absl::FailedPreconditionError("size is not identified: " + reason);
    }
    ISOSHAPE_ASSIGN_OR_RETURN(Prediction prediction, answerer_.ByTrend(*trend));
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
  const auto check = [&](const LawPrediction& made) -> absl::Status {
    if (!made.allocation.fixed()) {
      // On which side of the runs the best size lies is the plainer remedy.
      ISOSHAPE_RETURN_IF_ERROR(CheckBracketed(made.best_size));
      ISOSHAPE_RETURN_IF_ERROR(curved);
    }
    // The losses of many runs that were left out are a trial too.
    return CheckTrial(rung, only_if_tried && made.check.runs < kTrialRuns);
  };
  // What the fit alone refuses is refused before it is resampled. The surface
  // has no resamples.
  if (law != Law::kSurface) {
    ISOSHAPE_ASSIGN_OR_RETURN(const LawPrediction point, Ask(law, false));
    ISOSHAPE_RETURN_IF_ERROR(check(point));
  }
  ISOSHAPE_ASSIGN_OR_RETURN(LawPrediction prediction, Ask(law));
  ISOSHAPE_RETURN_IF_ERROR(check(prediction));
  if (!prediction.problems.empty()) {
    return absl::FailedPreconditionError(
        absl::StrJoin(prediction.problems, "; "));
  }
  return Answer(std::move(prediction), trend);
}

absl::StatusOr<Prediction> Ladder::ByIdentifiedLaw() const {
  if (!geometry_.one_line.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat(Subject(), " is not identified: ", geometry_.one_line));
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
  const absl::Status curved = CheckCurved();
  std::vector<std::string> reasons;
  bool surface_refused = false;
  for (const auto& [law, tried] : rungs) {
    absl::StatusOr<Prediction> prediction =
        ByLawIfIdentified({law, tried}, trend, curved, surface_refused);
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
  return absl::FailedPreconditionError(
      absl::StrCat("the runs do not identify ", Subject(), ": ",
                   absl::StrJoin(reasons, "; ")));
}

}  // namespace

absl::StatusOr<Prediction> Predict(const Runs& runs,
                                   const PredictionQuestion& question) {
  ISOSHAPE_ASSIGN_OR_RETURN(PredictionQuestion asked,
                            WithPlace(runs, question));
  ISOSHAPE_RETURN_IF_ERROR(CheckQuestion(runs, asked));
  ISOSHAPE_ASSIGN_OR_RETURN(const Runs used,
                            RunsUpTo(runs, question.fit.max_budget));
  ISOSHAPE_RETURN_IF_ERROR(CheckReach(used, asked));
  asked.candidates.tried = TriedShapes::Of(used);
  absl::StatusOr<DecodeLatency> latency = FitDecodeLatency(question.measured);
  if (latency.ok()) {
    asked.candidates.latency = *std::move(latency);
  } else if (question.candidates.max_decode_seconds > 0) {
    return latency.status();
  }
  const Ladder ladder(used, asked);
  ISOSHAPE_ASSIGN_OR_RETURN(Prediction prediction,
                            question.law ? ladder.ByNamedLaw(*question.law)
                                         : ladder.ByIdentifiedLaw());
  if (question.advise > 0) {
    auto advice = AdviseNextRuns(used, prediction.asked.rule,
                                 prediction.training_flops, question.advise);
    if (advice.ok()) {
      prediction.advice = *std::move(advice);
    } else {
      prediction.warnings.push_back(
          absl::StrCat("no advice: ", advice.status().message()));
    }
  }
  return prediction;
}

}  // namespace isoshape
