#include <algorithm>
#include <functional>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status/status_macros.h"
#include "common/text/format_number.h"
#include "figures/kinds/builders.h"
#include "figures/parts/marks.h"
#include "figures/parts/predict_at.h"
#include "figures/parts/published.h"
#include "figures/parts/run_marks.h"
#include "figures/parts/sentences.h"
#include "messages/campaign/campaign_space.h"
#include "scaling/allocation/shape_choice.h"
#include "scaling/isoflop/isoflop.h"
#include "scaling/isoflop/optimum_problem.h"
#include "scaling/laws/weak_prior.h"
#include "scaling/predict/trend_prediction.h"
#include "scaling/reports/report_parts.h"
#include "scaling/surface/far_off.h"

namespace isoshape {
namespace {

using Series = v1::FigureSeries;

constexpr int kSteps = 60;  // of a line

// One quantity over compute.
struct Quantity {
  std::string label;  // of the axis
  bool log = true;
  // Of a budget with an optimum, and of the best run of one without.
  std::function<Interval(const BudgetOptimum&)> of_optimum;
  std::function<double(const ShapeMean&)> of_best;
  // Along the fit, with its interval; empty without one.
  std::function<Interval(double flops)> fitted = {};
  std::optional<Interval> told = {};  // at Reach::Told()
  // Published lines for comparison.
  struct Reference {
    std::string name;
    std::function<double(double flops)> at;
  };
  std::vector<Reference> references = {};
};

// Of a loss the interval is that of one run of the best size.
constexpr char kBand[] = "interval of the trend; of L*, of a run";
constexpr char kChinchilla[] = "20 tokens per N (Chinchilla)";
constexpr char kKaplan[] = "Kaplan et al. 2020";

// An interval of the line, not of a single run.
std::function<Interval(double flops)> Along(LogTrend trend, double level) {
  return [trend = std::move(trend), level](double flops) {
    return TrendEstimateAt(trend, flops, level).percentile;
  };
}

// `loss` is of the fit, and absent if that has no trends.
std::vector<Quantity> Quantities(const IsoflopFit* fit,
                                 const std::optional<LossTrend>& loss,
                                 const Runs& runs, double level) {
  std::vector<Quantity> all;
  all.push_back(
      {.label = runs.measure == SizeMeasure::kParams
                    ? "N*, parameters"
                    : "N*, training FLOPs per token / 6",
       .of_optimum = [](const BudgetOptimum& b) { return b.size.percentile; },
       .of_best = [](const ShapeMean& best) { return best.size; },
       .references = {{kChinchilla, PriorSize}, {kKaplan, KaplanSize}}});
  all.push_back(
      {.label = "D*, tokens",
       .of_optimum = [](const BudgetOptimum& b) { return b.tokens.percentile; },
       .of_best = [](const ShapeMean& best) { return best.tokens; },
       .references = {{kChinchilla,
                       [](double flops) {
                         return kPriorTokensPerSize * PriorSize(flops);
                       }},
                      {kKaplan, KaplanTokens}}});
  all.push_back(
      {.label = "D* / N*, tokens per unit of size",
       // An interval of size alone, tokens being what the budget leaves.
       .of_optimum =
           [](const BudgetOptimum& b) {
             const Interval& size = b.size.percentile;
             const double tokens = b.tokens.value;
             Interval ratio = Alone(tokens / size.value);
             const auto at = [&](double end) {
               return tokens * size.value / (end * end);
             };
             if (size.upper) ratio.lower = at(*size.upper);
             if (size.lower) ratio.upper = at(*size.lower);
             return ratio;
           },
       .of_best = [](const ShapeMean& best) { return best.tokens / best.size; },
       .references = {{kChinchilla, [](double) { return kPriorTokensPerSize; }},
                      {kKaplan, [](double flops) {
                         return KaplanTokens(flops) / KaplanSize(flops);
                       }}}});
  all.push_back(
      {.label = "L*, nats per token",
       .of_optimum = [](const BudgetOptimum& b) { return b.loss.percentile; },
       .of_best = [](const ShapeMean& best) { return best.loss; }});
  if (!loss) return all;
  all[0].fitted = Along(*fit->size, level);
  all[1].fitted = Along(*fit->tokens, level);
  all[2].fitted = Along(RatioTrend(*fit->tokens, *fit->size, level), level);
  all[3].fitted = [loss = *loss](double flops) { return loss.At(flops).loss; };
  return all;
}

// The range of compute that is drawn.
struct Reach {
  double low = 0, high = 0, target = 0;
  double largest = 0;  // budget that was run
  // Why what lies beyond the runs is not known, as `predict` says it; or empty.
  std::string refused = {};

  // Up to where the trend is followed.
  double Followed() const { return refused.empty() ? high : largest; }
  // Where it is told in numbers.
  double Told() const {
    return !refused.empty() ? largest : target > 0 ? target : high;
  }
};

void AddTrendLine(const Quantity& quantity, const Reach& reach,
                  v1::FigurePanel& panel, AxisRange& y) {
  if (!quantity.fitted) return;
  const std::vector<double> flops =
      LogSteps(reach.low, reach.Followed(), kSteps);
  std::vector<Interval> band;
  std::vector<double> values;
  for (const double at : flops) {
    band.push_back(quantity.fitted(at));
    values.push_back(band.back().value);
  }
  AddBand(flops, band, kBand, {}, panel);
  AddLine(flops, values, "trend", Series::FIT, {}, panel);
  y.Include(values.front());
  y.Include(values.back());
  for (const Interval& one : {band.front(), band.back()}) {
    for (const auto& end : {one.lower, one.upper}) {
      if (end) y.IncludeIfNear(*end);
    }
  }
}

// The ends of an interval about a value are seen, but not so far away that the
// values could not be told apart any more.
constexpr double kSeen = 3;  // a factor

void IncludeEnds(const Interval& interval, AxisRange& y) {
  for (const auto& end : {interval.lower, interval.upper}) {
    if (!end) continue;
    y.Include(std::clamp(*end, interval.value / kSeen, interval.value * kSeen));
  }
}

void AddPoints(const FigureData& data, const Quantity& quantity,
               const std::vector<BudgetOptimum>& budgets,
               v1::FigurePanel& panel, AxisRange& y) {
  for (const BudgetOptimum& budget : budgets) {
    const double flops = budget.curve.budget;
    const bool seen = budget.bracketed();
    Series* series = AddSeries(
        panel, seen ? "optimum of a budget" : "best run, no optimum seen",
        Series::POINTS, seen ? Series::OPTIMUM : Series::EDGE,
        ColorOf(data, flops));
    const Interval interval =
        seen ? quantity.of_optimum(budget)
             : Alone(quantity.of_best(budget.curve.best()));
    AddPoint(flops, interval.value, *series);
    if (seen) AddYInterval(interval, *series);
    if (!seen) series->add_labels(budget.problem);
    y.Include(interval.value);
    IncludeEnds(interval, y);
  }
}

void AddTarget(const Quantity& quantity, const Reach& reach,
               v1::FigurePanel& panel, AxisRange& y) {
  if (reach.target <= 0) return;
  AddRuleX(reach.target, "target", Series::TARGET, panel);
  if (!quantity.told || !reach.refused.empty()) return;
  const Interval& at = *quantity.told;
  Series* series = AddSeries(panel, "predicted at the target", Series::POINTS,
                             Series::PREDICTED);
  AddPoint(reach.target, at.value, *series);
  AddYInterval(at, *series);
  for (const auto& end : {at.lower, at.upper}) {
    if (end) y.Include(*end);
  }
}

// Draws a published line if it is seen: one that lies beyond the others would
// stand in the legend alone, or be a scrap at an edge, and take room.
void AddReference(const Quantity::Reference& reference, const Reach& reach,
                  v1::FigurePanel& panel, AxisRange& y) {
  const std::vector<double> flops = LogSteps(reach.low, reach.high, 3);
  std::vector<double> values;
  AxisRange wider = y;
  for (const double at : flops) {
    values.push_back(reference.at(at));
    wider.IncludeIfNear(values.back());
  }
  const v1::FigureAxis axis = wider.Axis("");
  const auto seen = std::count_if(
      values.begin(), values.end(),
      [&](double value) { return value >= axis.min() && value <= axis.max(); });
  if (2 * seen < std::ssize(values)) return;
  y = std::move(wider);
  AddLine(flops, values, reference.name, Series::REFERENCE, {}, panel);
}

void AddPanel(const FigureData& data, const Quantity& quantity,
              const std::vector<BudgetOptimum>& budgets, const Reach& reach,
              v1::Figure& figure) {
  v1::FigurePanel& panel = *figure.add_panels();
  AxisRange x(true);
  AxisRange y(quantity.log);
  x.Include(reach.low);
  x.Include(reach.high);
  v1::FigurePanel own;  // over the published lines
  AddTrendLine(quantity, reach, own, y);
  AddTarget(quantity, reach, own, y);
  AddPoints(data, quantity, budgets, own, y);
  for (const Quantity::Reference& reference : quantity.references) {
    AddReference(reference, reach, panel, y);
  }
  panel.mutable_series()->MergeFrom(own.series());
  *panel.mutable_x() = x.Axis("C, training FLOPs");
  *panel.mutable_y() = y.Axis(quantity.label);
  panel.set_title(quantity.label.substr(0, quantity.label.find(',')));
}

// The budgets as they are if there is no fit.
std::vector<BudgetOptimum> WithoutFit(const Runs& runs) {
  std::vector<BudgetOptimum> budgets;
  for (const SizeCurve& curve : MakeSizeCurves(runs)) {
    budgets.push_back(
        {.curve = curve,
         .problem = ProblemText(ProblemOf(curve, {}), curve, runs.measure)});
    if (budgets.back().problem.empty()) {
      budgets.back().problem = "there is no fit";
    }
  }
  return budgets;
}

// Why a prediction at a compute beyond the runs is refused, by every law, or
// why none follows the trend; or empty. A trend is not drawn on as if it were
// known then. If another law answers for another reason it is drawn, and its
// sentence says along what.
std::string RefusedBeyond(const FigureData& data, const LawOptions& fit,
                          double flops) {
  const auto prediction = PredictAt(data, flops, {}, fit);
  if (absl::IsFailedPrecondition(prediction.status()) &&
      !IsLimitError(prediction.status())) {
    return std::string(prediction.status().message());
  }
  const auto rule = RuleOf(*data.runs, fit);
  return rule.ok() ? TrendProblem(*data.runs, *rule)
                   : std::string(rule.status().message());
}

// What the quantities are where they are told. The loss is that of a run of the
// shape which `predict` names there, whose size is not quite the best one, so
// that both say one number; else of a run of the best size.
void TellAt(const FigureData& data, const LawOptions& fit, const Reach& reach,
            std::vector<Quantity>& quantities) {
  for (Quantity& quantity : quantities) {
    if (quantity.fitted) quantity.told = quantity.fitted(reach.Told());
  }
  if (!quantities.back().fitted || !reach.refused.empty()) return;
  const auto prediction = PredictAt(data, reach.Told(), Law::kIsoflop, fit);
  if (prediction.ok() && prediction->unidentified.empty()) {
    quantities.back().told = prediction->loss;
  }
}

std::string Sentence(const IsoflopFit& fit, const Reach& reach,
                     const std::vector<Quantity>& quantities) {
  if (!quantities.back().told) return "";
  return absl::StrFormat(
      "N* grows as C^%s, D* as C^%s, and the best loss falls as C^%s; at %s "
      "FLOPs%s the best size is %s on %s tokens along the trends, and a run of "
      "it is predicted to have a loss of %s.",
      WithInterval(fit.size->exponent.percentile, FormatRatio),
      WithInterval(fit.tokens->exponent.percentile, FormatRatio),
      WithInterval(fit.loss->exponent.percentile, FormatRatio),
      FormatFlops(reach.Told()),
      reach.refused.empty() ? "" : ", the largest run,",
      WithInterval(*quantities[0].told, FormatCount),
      WithInterval(*quantities[1].told, FormatCount),
      WithInterval(*quantities[3].told, FormatLoss));
}

void AddTable(const std::vector<Quantity>& quantities,
              const std::vector<BudgetOptimum>& budgets, const Reach& reach,
              v1::FigureTable& table) {
  table.add_columns("C, FLOPs");
  table.add_columns("what");
  for (const char* name : {"N*", "D*", "D* / N*", "L*"}) {
    table.add_columns(name);
    table.add_columns(absl::StrCat(name, " lower"));
    table.add_columns(absl::StrCat(name, " upper"));
  }
  const auto add = [&](double flops, const std::string& what,
                       const std::function<Interval(const Quantity&)>& of) {
    std::vector<std::string> cells = {Cell(flops), what};
    for (const Quantity& quantity : quantities) {
      const Interval interval = of(quantity);
      cells.push_back(Cell(interval.value));
      cells.push_back(Cell(interval.lower));
      cells.push_back(Cell(interval.upper));
    }
    AddRow(cells, table);
  };
  for (const BudgetOptimum& budget : budgets) {
    if (budget.bracketed()) {
      add(budget.curve.budget, "optimum of the budget",
          [&](const Quantity& q) { return q.of_optimum(budget); });
    } else {
      add(budget.curve.budget, "best run", [&](const Quantity& q) {
        return Alone(q.of_best(budget.curve.best()));
      });
    }
  }
  if (!quantities.front().told) return;
  add(reach.Told(), "trend", [](const Quantity& q) { return *q.told; });
}

}  // namespace

absl::StatusOr<v1::Figure> TrendsFigure(const FigureData& data,
                                        const FigureOptions& options) {
  const Runs& runs = *data.runs;
  if (runs.budget.empty()) {
    return NeedsBudgets("trends");
  }
  v1::Figure figure;
  figure.set_title(
      absl::StrCat("Best size, tokens and loss over compute, ", data.name));
  const double level = options.fit.level;
  const auto fit = data.memo->Isoflop(runs, options.fit);
  const IsoflopFit* const found = fit.ok() ? fit->get() : nullptr;
  const std::vector<BudgetOptimum> budgets =
      found != nullptr ? found->budgets : WithoutFit(runs);
  Reach reach{.low = budgets.front().curve.budget,
              .high = kDefaultReach * budgets.back().curve.budget,
              .target = options.target_flops > 0 ? options.target_flops
                                                 : data.target_flops,
              .largest = budgets.back().curve.budget};
  if (reach.target > 0) {
    reach.low = std::min(reach.low, reach.target);
    reach.high = std::max(budgets.back().curve.budget, reach.target);
  }
  if (!(reach.high > reach.low)) reach.high = kDefaultReach * reach.low;
  if (found != nullptr && found->size) {
    reach.refused = RefusedBeyond(data, options.fit, reach.Told());
  }
  std::optional<LossTrend> loss;
  if (found != nullptr && found->size) {
    ISOSHAPE_ASSIGN_OR_RETURN(loss, LossTrend::Make(*found, runs));
  }
  std::vector<Quantity> quantities = Quantities(found, loss, runs, level);
  TellAt(data, options.fit, reach, quantities);
  for (const Quantity& quantity : quantities) {
    AddPanel(data, quantity, budgets, reach, figure);
  }
  AddTable(quantities, budgets, reach, *figure.mutable_table());
  if (found != nullptr) {
    figure.set_method(MethodOf(runs, options.fit, found->method));
    figure.mutable_warnings()->Add(found->warnings.begin(),
                                   found->warnings.end());
    if (!reach.refused.empty()) {
      figure.add_warnings(absl::StrCat(
          "the trends are not followed beyond the runs: ", reach.refused));
    }
    figure.set_sentence(Sentence(*found, reach, quantities));
  } else {
    figure.add_warnings(absl::StrCat("no trends: ", fit.status().message()));
  }
  if (figure.sentence().empty()) figure.set_sentence(BestSentence(runs));
  figure.set_drawn(static_cast<int64_t>(budgets.size()));
  figure.set_total(figure.drawn());
  return figure;
}

}  // namespace isoshape
