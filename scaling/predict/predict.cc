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
#include "common/status/status_macros.h"
#include "common/text/format_number.h"
#include "common/threads/cancellation.h"
#include "scaling/allocation/allocation.h"
#include "scaling/predict/answerer.h"
#include "scaling/predict/backtest.h"
#include "scaling/predict/gates.h"
#include "scaling/predict/question.h"
#include "scaling/predict/refusal.h"
#include "scaling/runs/geometry.h"

namespace isoshape {
namespace {

// Laws whose regret (ln loss) differs by less count as equal: a single budget
// left out shows no more, for its curve is noisy.
constexpr double kEqualRegret = 0.0005;
// So many runs whose loss was predicted when they were left out show what a law
// can do as a budget's best size does.
constexpr int kTrialRuns = 10;

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
  // Of runs on one line the loss on that line, if the question fixes a place
  // there; nothing else is identified.
  absl::StatusOr<Prediction> AlongOneLine() const;
  // A law and how it fared when the largest budget was left out.
  struct Rung {
    Law law;
    std::optional<SizeBacktest> tried = {};
    bool exact = false;  // it goes through every loss
  };
  // The laws that can answer the question, ranked.
  std::vector<Rung> Ranked() const;
  // Whether the law, in the order of Ranked, is the one of which the losses
  // are made.
  bool IsExact(Law law) const;
  // What several laws rest on or are judged by.
  struct Ground {
    absl::StatusOr<Trend> trend;
    absl::Status curved;       // CheckCurved
    absl::Status scatter;      // CheckScatter
    absl::Status no_outliers;  // CheckNoOutliers
  };
  // The prediction by a law, or why the runs do not identify it.
  // `only_if_tried`: the surface found nothing, so that another law must have
  // shown what it can.
  absl::StatusOr<Prediction> ByLawIfIdentified(const Rung& rung,
                                               const Ground& ground,
                                               bool only_if_tried) const;
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
  return place ? absl::StrFormat("the loss of size %s on %s tokens",
                                 FormatCount(place->size),
                                 FormatCount(place->tokens))
               : absl::StrFormat("the best size at %s FLOPs",
                                 FormatFlops(question_.flops));
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
    // Only the parametric law has an E to be fixed, another loss and gamma.
    const LawOptions& fit = question_.fit;
    const bool parametric_alone = fit.fixed_e || fit.loss.least_absolute ||
                                  fit.tie_exponents || fit.free_gamma;
    if (parametric_alone && law != Law::kParametric) continue;
    // Only the trend has a rule.
    if (HasRule(question_) && law != Law::kIsoflop) continue;
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
  // What made the losses is no matter of rank. Of two laws that go through
  // them the one of fewer parameters says all that the other does.
  for (const Law law : {Law::kParametric, Law::kShape}) {
    const auto found =
        std::find_if(rungs.begin(), rungs.end(),
                     [law](const Rung& rung) { return rung.law == law; });
    if (found == rungs.end() || !IsExact(law)) continue;
    found->exact = true;
    std::rotate(rungs.begin(), found, found + 1);
    break;
  }
  return rungs;
}

bool Ladder::IsExact(Law law) const {
  const absl::StatusOr<LawPrediction> point = Ask(law, false);
  return point.ok() && point->converged && point->exact;
}

absl::StatusOr<Prediction> Ladder::ByLawIfIdentified(const Rung& rung,
                                                     const Ground& ground,
                                                     bool only_if_tried) const {
  const Law law = rung.law;
  const absl::StatusOr<Trend>& trend = ground.trend;
  if (law == Law::kIsoflop) {
    ISOSHAPE_RETURN_IF_ERROR(trend.status());
    ISOSHAPE_RETURN_IF_ERROR(CheckTrial(rung.tried, only_if_tried));
    ISOSHAPE_RETURN_IF_ERROR(CheckBracketed(
        runs_, question_,
        [&](double flops) { return trend->fit.size->At(flops); }, &trend->fit));
    ISOSHAPE_RETURN_IF_ERROR(ground.curved);
    ISOSHAPE_RETURN_IF_ERROR(ground.scatter);
    ISOSHAPE_RETURN_IF_ERROR(ground.no_outliers);
    ISOSHAPE_RETURN_IF_ERROR(CheckTrendOptimum(trend->optimum));
    ISOSHAPE_ASSIGN_OR_RETURN(Prediction prediction, answerer_.ByTrend(*trend));
    if (question_.fit.resamples > 0 && !prediction.loss.lower) {
      return NotFollowed("the loss has no interval; add seeds, or sizes");
    }
    return prediction;
  }
  ISOSHAPE_RETURN_IF_ERROR(
      CheckRunsEnough(law, runs_, question_.fit, geometry_));
  // Whatever is asked: the loss at a size on tokens, which needs no least over
  // size, is read off the same surface, which runs that went wrong bend.
  if (law == Law::kSurface) ISOSHAPE_RETURN_IF_ERROR(ground.scatter);
  const auto check = [&](const LawPrediction& made) -> absl::Status {
    if (!made.allocation.fixed()) {
      // On which side of the runs the best size lies is the plainer remedy.
      ISOSHAPE_RETURN_IF_ERROR(
          CheckBracketed(runs_, question_, made.best_size,
                         trend.ok() ? &trend->fit : nullptr));
      ISOSHAPE_RETURN_IF_ERROR(ground.curved);
    }
    // The losses of many runs that were left out are a trial too.
    return CheckTrial(rung.tried,
                      only_if_tried && made.check.runs < kTrialRuns);
  };
  // What the fit alone refuses is refused before it is resampled. The surface
  // has no resamples.
  if (law != Law::kSurface) {
    ISOSHAPE_ASSIGN_OR_RETURN(const LawPrediction point, Ask(law, false));
    ISOSHAPE_RETURN_IF_ERROR(check(point));
  }
  ISOSHAPE_ASSIGN_OR_RETURN(LawPrediction prediction, Ask(law));
  ISOSHAPE_RETURN_IF_ERROR(check(prediction));
  ISOSHAPE_RETURN_IF_ERROR(CheckProblems(prediction, geometry_));
  return Answer(std::move(prediction), trend);
}

absl::StatusOr<Prediction> Ladder::AlongOneLine() const {
  const Allocation allocation = AllocationOf(question_);
  if (!allocation.fixed() || allocation.corpus_tokens) {
    return absl::FailedPreconditionError(
        absl::StrCat(Subject(), " is not identified: ", geometry_.one_line));
  }
  ISOSHAPE_RETURN_IF_ERROR(CheckTakes(Law::kLadder, question_.fit));
  ISOSHAPE_ASSIGN_OR_RETURN(LawPrediction law, Ask(Law::kLadder));
  ISOSHAPE_RETURN_IF_ERROR(CheckProblems(law, geometry_));
  return Answer(std::move(law), FitTrend());
}

absl::StatusOr<Prediction> Ladder::ByIdentifiedLaw() const {
  if (!geometry_.one_line.empty()) return AlongOneLine();
  const auto surface = FitSurfaceFor(runs_, question_);
  const Ground ground{.trend = FitTrend(),
                      .curved = CheckCurved(surface, runs_, question_),
                      .scatter = CheckScatter(surface, runs_),
                      .no_outliers = CheckNoOutliers(surface, runs_)};
  if (absl::IsInvalidArgument(ground.trend.status())) {
    return ground.trend.status();
  }
  std::vector<std::string> tries;
  const std::vector<Rung> rungs = Ranked();
  for (const auto& [law, tried, exact] : rungs) {
    if (!tried) continue;
    tries.push_back(absl::StrFormat(
        "%s %.3g times it (%.2f %% of loss lost)", LawName(law),
        tried->predicted / tried->measured, 100 * std::expm1(tried->regret)));
  }
  std::vector<RefusedLaw> refused;
  bool surface_refused = false;
  for (const Rung& rung : rungs) {
    if (Cancelled()) return absl::CancelledError("nobody waits for the answer");
    const Law law = rung.law;
    absl::StatusOr<Prediction> prediction =
        ByLawIfIdentified(rung, ground, surface_refused);
    if (law == Law::kSurface) surface_refused = !prediction.ok();
    // Limits do not choose the law.
    if (IsLimitError(prediction.status())) return prediction;
    if (!prediction.ok()) {
      refused.push_back({law, prediction.status()});
      continue;
    }
    if (rung.exact) {
      absl::StrAppend(&prediction->method,
                      "; it goes through every loss within rounding, so they "
                      "have no noise and it comes first");
    }
    if (!tries.empty()) {
      const SizeBacktest& any =
          *std::find_if(rungs.begin(), rungs.end(), [](const Rung& rung) {
             return rung.tried.has_value();
           })->tried;
      absl::StrAppendFormat(
          &prediction->method,
          "; predicted from a quarter of its compute or less, the best size at "
          "%s FLOPs, measured as %s, comes out by %s",
          FormatFlops(any.flops), FormatCount(any.measured),
          absl::StrJoin(tries, ", "));
    }
    for (const auto& [other, why] : refused) {
      prediction->warnings.push_back(absl::StrFormat(
          "the law %s is not used: %s", LawName(other), WithDetail(why)));
    }
    return prediction;
  }
  return Refusal(Subject(), refused);
}

}  // namespace

absl::StatusOr<Prediction> Predict(const Runs& runs,
                                   const PredictionQuestion& question) {
  // A figure asks several times, of all its runs.
  if (Cancelled()) return absl::CancelledError("nobody waits for the answer");
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
