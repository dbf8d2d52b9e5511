#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/text/counted.h"
#include "common/text/format_number.h"
#include "figures/kinds/builders.h"
#include "figures/parts/marks.h"
#include "figures/parts/predict_at.h"
#include "figures/parts/run_marks.h"
#include "figures/parts/sentences.h"
#include "messages/campaign/campaign_space.h"
#include "scaling/laws/law_check.h"
#include "scaling/predict/trend_prediction.h"
#include "scaling/runs/geometry.h"

namespace isoshape {
namespace {

using Series = v1::FigureSeries;

// The loss of one new run of a place, with its interval.
using LossOf = std::function<absl::StatusOr<Interval>(const RunMark& place)>;

// What was measured beside what was predicted of it.
struct Compared {
  RunMark place;
  Interval predicted;
  std::vector<int64_t> trials;

  bool Inside() const {
    return (!predicted.lower || place.loss >= *predicted.lower) &&
           (!predicted.upper || place.loss <= *predicted.upper);
  }
};

LossOf ByLaw(std::shared_ptr<const LawPrediction> law) {
  return
      [law = std::move(law)](const RunMark& place) -> absl::StatusOr<Interval> {
        return LossOfRun(*law, place.size, place.tokens, place.aspect_ratio());
      };
}

LossOf ByTrend(std::shared_ptr<const IsoflopFit> fit,
               std::shared_ptr<const Runs> runs) {
  return [fit = std::move(fit), runs = std::move(runs)](
             const RunMark& place) -> absl::StatusOr<Interval> {
    const auto loss = PredictLoss(*fit, *runs, place.flops, place.size);
    if (!loss.ok()) return loss.status();
    return loss->loss;
  };
}

// From all runs.
absl::StatusOr<LossOf> FromAll(const FigureData& data, const LawOptions& fit,
                               double target) {
  if (fit.law == Law::kIsoflop) {
    const auto trend = data.memo->Isoflop(*data.runs, fit);
    if (!trend.ok()) return trend.status();
    return ByTrend(*trend, std::make_shared<const Runs>(*data.runs));
  }
  const auto law = data.memo->ByLaw(*data.runs, fit, target);
  if (!law.ok()) return law.status();
  return ByLaw(*law);
}

// From the runs of at most a quarter of the largest compute.
absl::StatusOr<LossOf> FromBelow(const FigureData& data,
                                 const LawOptions& fit) {
  if (fit.law == Law::kIsoflop) {
    const auto below = std::make_shared<const Runs>(
        SelectRows(*data.runs, WellBelowLargest(*data.runs)));
    if (below->rows() == 0) {
      return absl::FailedPreconditionError(
          "no run has a quarter of the largest compute or less");
    }
    const auto trend = FitMemo().Isoflop(*below, fit);
    if (!trend.ok()) return trend.status();
    return ByTrend(*trend, below);
  }
  const auto law = data.memo->FromWellBelow(*data.runs, fit);
  if (!law.ok()) return law.status();
  return ByLaw(*law);
}

// The runs of verification as means over their seeds.
std::vector<Compared> Verified(const FigureData& data) {
  Runs runs;
  std::vector<int64_t> numbers;
  for (const SideTrial& trial : data.side) {
    if (trial.why != SideTrial::Why::kVerification) continue;
    runs.size.push_back(trial.size);
    runs.tokens.push_back(trial.tokens);
    runs.loss.push_back(trial.loss);
    runs.loss_stderr.push_back(trial.loss_stderr);
    runs.flops.push_back(trial.flops);
    runs.depth.push_back(trial.depth);
    runs.width.push_back(trial.width);
    runs.budget.push_back(trial.budget);
    numbers.push_back(trial.number);
  }
  std::vector<Compared> all;
  for (const RunMark& mark : ShapeMeans(runs)) {
    Compared& one = all.emplace_back();
    one.place = mark;
    for (size_t i = 0; i < runs.rows(); ++i) {
      if (runs.budget[i] == mark.budget && runs.size[i] == mark.size &&
          runs.depth[i] == mark.depth && runs.width[i] == mark.width) {
        one.trials.push_back(numbers[i]);
      }
    }
  }
  return all;
}

// The shapes of the largest compute.
std::vector<Compared> Largest(const Runs& runs) {
  const std::vector<double> levels = runs.ComputeLevels();
  const double largest = *std::max_element(levels.begin(), levels.end());
  std::vector<Compared> all;
  for (const RunMark& mark : ShapeMeans(runs)) {
    const double level = mark.budget > 0 ? mark.budget : mark.flops;
    if (level < largest / kOneBudget) continue;
    all.emplace_back().place = mark;
  }
  return all;
}

// Fills in what is predicted; those of which nothing is go.
std::string Predict(const LossOf& loss_of, std::vector<Compared>& all) {
  std::string problem;
  std::erase_if(all, [&](Compared& one) {
    const absl::StatusOr<Interval> loss = loss_of(one.place);
    if (loss.ok() && std::isfinite(loss->value)) {
      one.predicted = *loss;
      return false;
    }
    problem = loss.ok() ? "the predicted loss is not finite"
                        : std::string(loss.status().message());
    return true;
  });
  return problem;
}

// The same by a fit that may have failed, from which nothing is predicted.
std::string PredictIfFitted(const absl::StatusOr<LossOf>& loss_of,
                            std::vector<Compared>& all) {
  if (loss_of.ok()) return Predict(*loss_of, all);
  all.clear();
  return std::string(loss_of.status().message());
}

void Add(const FigureData& data, const std::vector<Compared>& all,
         const char* name, Series::Role role, v1::FigurePanel& panel,
         AxisRange& range) {
  for (const Compared& one : all) {
    Series* series = AddSeries(panel, name, Series::POINTS, role,
                               ColorOf(data, one.place.budget));
    AddPoint(one.predicted.value, one.place.loss, *series);
    AddXInterval(one.predicted, *series);
    series->add_y_lower(one.place.loss - one.place.error);
    series->add_y_upper(one.place.loss + one.place.error);
    series->add_labels(absl::StrFormat(
        "%g x %g at %s FLOPs: %s, %s interval %s", one.place.depth,
        one.place.width, FormatFlops(one.place.flops),
        FormatLoss(one.place.loss), one.Inside() ? "inside the" : "outside the",
        IntervalText(one.predicted, FormatLoss)));
    if (one.trials.size() == 1) series->add_trials(one.trials.front());
    range.Add(one.place.loss);
    range.Add(one.predicted.value);
    for (const auto& end : {one.predicted.lower, one.predicted.upper}) {
      if (end) range.Add(*end);
    }
  }
}

int64_t Inside(const std::vector<Compared>& all) {
  return std::count_if(all.begin(), all.end(),
                       [](const Compared& one) { return one.Inside(); });
}

void AddRows(const std::vector<Compared>& all, const char* what,
             v1::FigureTable& table) {
  for (const Compared& one : all) {
    AddRow({what, Cell(one.place.flops), Cell(one.place.depth),
            Cell(one.place.width), Cell(one.place.size),
            Cell(one.predicted.value), Cell(one.predicted.lower),
            Cell(one.predicted.upper), Cell(one.place.loss),
            absl::StrCat(one.place.runs), one.Inside() ? "yes" : "no"},
           table);
  }
}

void AddTable(const std::vector<Compared>& verified,
              const std::vector<Compared>& held, v1::FigureTable& table) {
  for (const char* column :
       {"what", "C, FLOPs", "depth", "width", "size", "predicted loss", "lower",
        "upper", "measured loss", "runs", "inside"}) {
    table.add_columns(column);
  }
  AddRows(verified, "verification", table);
  AddRows(held, "held out", table);
}

// Says how many losses lie in the intervals that were predicted.
std::string ComparisonSentence(const LawOptions& fit,
                               const std::vector<Compared>& verified,
                               const std::vector<Compared>& held) {
  std::string sentence;
  if (!held.empty()) {
    absl::StrAppendFormat(
        &sentence,
        "By the %s law, fitted to a quarter of the compute or less, %d of %d "
        "shapes at the largest compute lie in their %g %% intervals. ",
        LawName(fit.law), Inside(held), held.size(), 100 * fit.level);
  }
  if (!verified.empty()) {
    absl::StrAppendFormat(&sentence,
                          "%d of %s %s in the intervals that "
                          "the search runs predict. ",
                          Inside(verified),
                          Counted(std::ssize(verified), "verified shape"),
                          verified.size() == 1 ? "lies" : "lie");
  }
  return sentence;
}

// The loss at the target, with its interval.
void AddTarget(const Prediction& prediction, double target,
               v1::FigurePanel& panel, AxisRange& range) {
  const Interval& loss = prediction.loss;
  range.Include(loss.value);
  if (loss.lower && loss.upper) {
    Series* span = AddSeries(panel, "interval at the target", Series::SPAN_X,
                             Series::UNCERTAINTY);
    span->add_x_lower(*loss.lower);
    span->add_x_upper(*loss.upper);
    range.Include(*loss.lower);
  }
  AddRuleX(loss.value,
           absl::StrFormat("predicted at %s FLOPs", FormatFlops(target)),
           Series::TARGET, panel);
}

std::string TargetSentence(const Prediction& prediction, double target) {
  return absl::StrFormat(
      "At %s FLOPs %s is predicted to reach a loss of %s.", FormatFlops(target),
      prediction.shapes.empty()
          ? absl::StrCat("size ", FormatCount(prediction.size.value))
          : absl::StrFormat("%d x %d (depth x width)",
                            prediction.shapes.front().choice.shape.depth,
                            prediction.shapes.front().choice.shape.width),
      WithInterval(prediction.loss, FormatLoss));
}

double TargetOf(const FigureData& data, const FigureOptions& options) {
  if (options.target_flops > 0) return options.target_flops;
  if (data.target_flops > 0) return data.target_flops;
  return kDefaultReach * data.runs->FlopsRange().second;
}

// Predicts at the target; `fit` becomes the law that the prediction rests on. A
// figure without one says why.
absl::StatusOr<Prediction> PredictTarget(const FigureData& data,
                                         const FigureOptions& options,
                                         double target, LawOptions& fit,
                                         v1::Figure& figure) {
  absl::StatusOr<Prediction> prediction =
      PredictAt(data, target, options.law, fit);
  if (prediction.ok()) {
    if (const auto law = FindLaw(prediction->law)) fit.law = *law;
    figure.mutable_warnings()->Add(prediction->warnings.begin(),
                                   prediction->warnings.end());
  } else {
    if (!options.law) fit.law = Law::kSurface;
    figure.add_warnings(
        absl::StrCat("no prediction at ", FormatFlops(target),
                     " FLOPs: ", prediction.status().message()));
  }
  return prediction;
}

// Draws losses over their predictions, on equal axes; `range` has what else
// these must show.
void AddPoints(const FigureData& data, const std::vector<Compared>& verified,
               const std::vector<Compared>& held, AxisRange range,
               v1::FigurePanel& panel) {
  v1::FigurePanel points;
  Add(data, held, "predicted from a quarter of the compute or less",
      Series::HELD_OUT, points, range);
  Add(data, verified, "verification", Series::VERIFICATION, points, range);
  const v1::FigureAxis axis = range.Axis("predicted loss, nats per token");
  AddLine({axis.min(), axis.max()}, {axis.min(), axis.max()}, "as predicted",
          Series::REFERENCE, {}, panel);
  panel.mutable_series()->MergeFrom(points.series());
  *panel.mutable_x() = axis;
  *panel.mutable_y() = axis;
  panel.mutable_y()->set_label("measured loss, nats per token");
}

// The runs of a campaign whose loss is predicted.
struct Comparisons {
  std::vector<Compared> verified;  // from all search runs
  std::vector<Compared> held;      // the largest compute, from below
  std::string problem;             // why nothing is predicted from below
};

Comparisons Compare(const FigureData& data, const LawOptions& fit,
                    double target, v1::Figure& figure) {
  Comparisons all{
      .verified = Verified(data), .held = Largest(*data.runs), .problem = ""};
  if (!all.verified.empty()) {
    const std::string problem =
        PredictIfFitted(FromAll(data, fit, target), all.verified);
    if (!problem.empty()) {
      figure.add_warnings(
          absl::StrCat("verification runs are not compared: ", problem));
    }
  }
  all.problem = PredictIfFitted(FromBelow(data, fit), all.held);
  if (!all.problem.empty()) {
    figure.add_warnings(absl::StrCat(
        "the largest compute is not predicted from below: ", all.problem));
  }
  return all;
}

}  // namespace

absl::StatusOr<v1::Figure> PredictionFigure(const FigureData& data,
                                            const FigureOptions& options) {
  const double target = TargetOf(data, options);
  v1::Figure figure;
  figure.set_title(absl::StrCat("Predicted against measured, ", data.name));
  LawOptions fit = options.fit;
  const absl::StatusOr<Prediction> prediction =
      PredictTarget(data, options, target, fit, figure);
  const auto [verified, held, problem] = Compare(data, fit, target, figure);
  if (verified.empty() && held.empty() && !prediction.ok()) {
    return absl::FailedPreconditionError(
        absl::StrCat("nothing is predicted that was measured: ", problem,
                     "; add budgets, or verify a prediction"));
  }
  std::string sentence = ComparisonSentence(fit, verified, held);
  v1::FigurePanel& panel = *figure.add_panels();
  AxisRange range(false);
  if (prediction.ok() && prediction->unidentified.empty() &&
      std::isfinite(prediction->loss.value)) {
    AddTarget(*prediction, target, panel, range);
    absl::StrAppend(&sentence, TargetSentence(*prediction, target));
  } else if (sentence.empty()) {
    sentence = BestSentence(*data.runs);
  }
  AddPoints(data, verified, held, range, panel);
  AddTable(verified, held, *figure.mutable_table());
  figure.set_sentence(sentence);
  figure.set_method(absl::StrFormat(
      "Intervals: %g %%, of the loss of one new run%s. Whiskers of what was "
      "measured: one standard error over seeds or held-out batches.",
      100 * fit.level,
      prediction.ok() && !prediction->loss_method.empty()
          ? absl::StrCat(" (", prediction->loss_method, ")")
          : ""));
  figure.set_drawn(static_cast<int64_t>(verified.size() + held.size()));
  figure.set_total(figure.drawn());
  return figure;
}

}  // namespace isoshape
