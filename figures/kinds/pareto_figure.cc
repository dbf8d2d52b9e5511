#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/status/status_macros.h"
#include "common/text/counted.h"
#include "common/text/format_number.h"
#include "figures/kinds/builders.h"
#include "figures/parts/marks.h"
#include "figures/parts/run_marks.h"
#include "figures/parts/sentences.h"
#include "scaling/runs/budget_levels.h"
#include "scaling/statistics/pareto_front.h"

namespace isoshape {
namespace {

using Series = v1::FigureSeries;
using Request = v1::GetFigureRequest;

// A measured shape with what it costs.
struct Priced {
  double cost = 0;
  double loss = 0, error = 0;  // nats per token
  double depth = 0, width = 0;
  int runs = 1;
  int64_t trial = 0;  // 0: of several
};

const char* LabelOf(v1::ShapeCost cost) {
  switch (cost) {
    case v1::SHAPE_COST_DECODE_SECONDS:
      return "seconds for one decoded token";
    case v1::SHAPE_COST_PEAK_MEMORY_BYTES:
      return "peak memory in training, bytes";
    case v1::SHAPE_COST_STEP_SECONDS:
      return "seconds for one training step";
    default:
      return "parameters";
  }
}

std::string CostText(v1::ShapeCost cost, double value) {
  switch (cost) {
    case v1::SHAPE_COST_DECODE_SECONDS:
    case v1::SHAPE_COST_STEP_SECONDS:
      return FormatSeconds(value);
    case v1::SHAPE_COST_PEAK_MEMORY_BYTES:
      return FormatBytes(value);
    default:
      return FormatCount(value) + " parameters";
  }
}

std::optional<double> CostOf(const FigureData& data,
                             const v1::RankedShape& shape, v1::ShapeCost cost) {
  switch (cost) {
    case v1::SHAPE_COST_DECODE_SECONDS:
      if (!shape.has_decode_seconds()) return std::nullopt;
      return shape.decode_seconds();
    case v1::SHAPE_COST_PEAK_MEMORY_BYTES:
      if (!shape.has_peak_memory_bytes()) return std::nullopt;
      return static_cast<double>(shape.peak_memory_bytes());
    case v1::SHAPE_COST_STEP_SECONDS:
      // On the trial's share of the machine, if trials are trained together.
      if (!shape.has_tokens_per_second() || !data.space) return std::nullopt;
      return static_cast<double>(
                 data.space->tokens_per_step(shape.budget_flops())) /
             shape.tokens_per_second();
    default:
      return static_cast<double>(shape.parameters());
  }
}

// The shapes of a campaign at a budget.
std::vector<Priced> OfShapes(const FigureData& data, double budget,
                             v1::ShapeCost cost, int64_t& without) {
  std::vector<Priced> priced;
  for (const v1::RankedShape& shape : data.shapes) {
    if (budget > 0 && !SameBudget(shape.budget_flops(), budget)) continue;
    const std::optional<double> value = CostOf(data, shape, cost);
    if (!value || !(*value > 0)) {
      ++without;
      continue;
    }
    priced.push_back({.cost = *value,
                      .loss = shape.validation_loss(),
                      .error = shape.validation_loss_stderr(),
                      .depth = static_cast<double>(shape.shape().depth()),
                      .width = static_cast<double>(shape.shape().width()),
                      .runs = shape.trials_size()});
  }
  return priced;
}

// The runs of a file at a budget: what these know of cost.
std::vector<Priced> OfRuns(const Runs& runs, double budget, v1::ShapeCost cost,
                           int64_t& without) {
  std::vector<Priced> priced;
  for (const RunMark& mark : ShapeMeans(runs)) {
    if (budget > 0 && !SameBudget(mark.budget, budget)) continue;
    double value = NAN;
    if (cost == v1::SHAPE_COST_DECODE_SECONDS && !runs.decode_seconds.empty()) {
      value = runs.decode_seconds[mark.row];
    } else if (cost == v1::SHAPE_COST_PARAMETERS) {
      value = !runs.params.empty() ? runs.params[mark.row] : mark.size;
    }
    if (!(value > 0)) {
      ++without;
      continue;
    }
    priced.push_back({.cost = value,
                      .loss = mark.loss,
                      .error = mark.error,
                      .depth = mark.depth,
                      .width = mark.width,
                      .runs = mark.runs});
  }
  return priced;
}

// By cost; marks those to which no other is better in both by a sort.
std::vector<bool> FrontOf(std::vector<Priced>& shapes) {
  std::stable_sort(
      shapes.begin(), shapes.end(), [](const Priced& a, const Priced& b) {
        return a.cost != b.cost ? a.cost < b.cost : a.loss < b.loss;
      });
  std::vector<std::vector<double>> rows;
  for (const Priced& shape : shapes) rows.push_back({shape.cost, shape.loss});
  return ParetoFront(rows);
}

// Which are drawn: the front, and of the others, which are in the order of
// their cost, an even share of what room is left.
std::vector<bool> Drawn(const std::vector<bool>& front, size_t max_marks) {
  const size_t on = std::count(front.begin(), front.end(), true);
  const size_t others = front.size() - on;
  const size_t room = std::min(others, max_marks > on ? max_marks - on : 0);
  std::vector<bool> drawn = front;
  size_t seen = 0;
  for (size_t i = 0; i < front.size(); ++i) {
    if (front[i]) continue;
    // Steps of others / room, without a remainder that piles up at the end.
    drawn[i] = (seen + 1) * room / others > seen * room / others;
    ++seen;
  }
  return drawn;
}

// The shapes of a budget by what they cost, and which of them are best.
struct Ranking {
  v1::ShapeCost cost = v1::SHAPE_COST_UNSPECIFIED;
  std::vector<Priced> shapes;  // by cost, at least one
  std::vector<bool> front;     // [shape]
  std::vector<bool> drawn;     // [shape]
  double best = 0;             // the least loss, nats per token
  int64_t without = 0;         // shapes whose cost is not known

  int64_t OnFront() const {
    return std::count(front.begin(), front.end(), true);
  }
};

// Ranks shapes by the cost that is asked for, else by the time of a decoded
// token, and by parameters if nobody has measured that.
absl::StatusOr<Ranking> Rank(const FigureData& data,
                             const FigureOptions& options, double budget) {
  const auto priced = [&](v1::ShapeCost cost, int64_t& without) {
    return data.shapes.empty() ? OfRuns(*data.runs, budget, cost, without)
                               : OfShapes(data, budget, cost, without);
  };
  Ranking ranking;
  ranking.cost = options.cost;
  if (ranking.cost == v1::SHAPE_COST_UNSPECIFIED) {
    ranking.cost = v1::SHAPE_COST_DECODE_SECONDS;
    ranking.shapes = priced(ranking.cost, ranking.without);
    if (ranking.shapes.empty()) {
      ranking.cost = v1::SHAPE_COST_PARAMETERS;
      ranking.without = 0;
    }
  }
  if (ranking.shapes.empty()) {
    ranking.shapes = priced(ranking.cost, ranking.without);
  }
  if (ranking.shapes.empty()) {
    if (ranking.without == 0) return NoSuchBudget(data, budget);
    return absl::FailedPreconditionError(absl::StrFormat(
        "of none of the %d shapes %s are known; choose another cost, such as "
        "parameters",
        ranking.without, LabelOf(ranking.cost)));
  }
  ranking.front = FrontOf(ranking.shapes);
  ranking.drawn = Drawn(ranking.front, static_cast<size_t>(options.max_marks));
  ranking.best = std::min_element(ranking.shapes.begin(), ranking.shapes.end(),
                                  [](const Priced& a, const Priced& b) {
                                    return a.loss < b.loss;
                                  })
                     ->loss;
  return ranking;
}

// The marks of the shapes that are on the front, or of the others.
void AddMarks(const Ranking& ranking, bool on_front, v1::FigurePanel& panel,
              AxisRange& x, AxisRange& y) {
  Series* series =
      AddSeries(panel, on_front ? "front" : "another is better in both",
                Series::POINTS, on_front ? Series::FRONT : Series::DOMINATED);
  for (size_t i = 0; i < ranking.shapes.size(); ++i) {
    if (ranking.front[i] != on_front || !ranking.drawn[i]) continue;
    const Priced& shape = ranking.shapes[i];
    const double above = shape.loss - ranking.best;
    AddPoint(shape.cost, above, *series);
    series->add_y_lower(above - shape.error);
    series->add_y_upper(above + shape.error);
    series->add_labels(absl::StrFormat(
        "%g x %g, %s, %s above the best", shape.depth, shape.width,
        CostText(ranking.cost, shape.cost), FormatRatio(above)));
    if (on_front) {
      x.Include(shape.cost);
      y.Include(above);
    } else {
      x.Add(shape.cost);
      y.Add(above);
    }
  }
  if (series->x_size() == 0) panel.mutable_series()->RemoveLast();
}

// The line through the front.
void AddFront(const Ranking& ranking, v1::FigurePanel& panel) {
  std::vector<double> x, y;
  for (size_t i = 0; i < ranking.shapes.size(); ++i) {
    if (!ranking.front[i]) continue;
    x.push_back(ranking.shapes[i].cost);
    y.push_back(ranking.shapes[i].loss - ranking.best);
  }
  if (x.size() > 1) AddLine(x, y, "front", Series::FRONT, {}, panel);
}

void AddTable(const Ranking& ranking, v1::FigureTable& table) {
  for (const char* column :
       {LabelOf(ranking.cost), "loss above the best, nats",
        "its standard error", "depth", "width", "runs", "on the front"}) {
    table.add_columns(column);
  }
  for (size_t i = 0; i < ranking.shapes.size(); ++i) {
    const Priced& shape = ranking.shapes[i];
    AddRow({Cell(shape.cost), Cell(shape.loss - ranking.best),
            Cell(shape.error), Cell(shape.depth), Cell(shape.width),
            absl::StrCat(shape.runs), ranking.front[i] ? "yes" : "no"},
           table);
  }
}

std::string Sentence(const Ranking& ranking) {
  const auto& front = ranking.front;
  const Priced& cheapest =
      ranking
          .shapes[std::find(front.begin(), front.end(), true) - front.begin()];
  const Priced* last = &cheapest;
  for (size_t i = 0; i < front.size(); ++i) {
    if (front[i]) last = &ranking.shapes[i];
  }
  std::string sentence = absl::StrFormat(
      "%d of %d shapes are on the front: from %s, %s nats above the best, to "
      "%s with the least loss, %s.",
      ranking.OnFront(), ranking.shapes.size(),
      CostText(ranking.cost, cheapest.cost),
      FormatRatio(cheapest.loss - ranking.best),
      CostText(ranking.cost, last->cost), FormatLoss(ranking.best));
  if (ranking.without > 0) {
    absl::StrAppendFormat(&sentence, " Of %s the cost is not known.",
                          Counted(ranking.without, "shape"));
  }
  return sentence;
}

// Says how many shapes are drawn of how many, and which are not.
void SayDrawn(const Ranking& ranking, v1::Figure& figure) {
  const auto known = static_cast<int64_t>(ranking.shapes.size());
  figure.set_drawn(
      std::count(ranking.drawn.begin(), ranking.drawn.end(), true));
  figure.set_total(known + ranking.without);
  std::vector<std::string> thinning;
  if (figure.drawn() < known) {
    thinning.push_back(absl::StrFormat(
        "of the %d shapes that are not on the front some are drawn, spread "
        "evenly over their cost",
        known - ranking.OnFront()));
  }
  if (ranking.without > 0) {
    thinning.push_back(absl::StrFormat("%s without a known cost %s no place",
                                       Counted(ranking.without, "shape"),
                                       ranking.without == 1 ? "has" : "have"));
  }
  figure.set_thinning(absl::StrJoin(thinning, "; "));
}

}  // namespace

absl::StatusOr<v1::Figure> ParetoFigure(const FigureData& data,
                                        const FigureOptions& options) {
  const double budget = BudgetToDraw(*data.runs, options.budget_flops);
  ISOSHAPE_ASSIGN_OR_RETURN(const Ranking ranking, Rank(data, options, budget));
  v1::Figure figure;
  figure.set_title(absl::StrFormat(
      "Loss against %s%s, %s", LabelOf(ranking.cost),
      budget > 0 ? absl::StrFormat(" at %s FLOPs", FormatFlops(budget)) : "",
      data.name));
  v1::FigurePanel& panel = *figure.add_panels();
  AxisRange x(true);
  AxisRange y(false);
  for (const bool on_front : {false, true}) {
    AddMarks(ranking, on_front, panel, x, y);
  }
  AddFront(ranking, panel);
  if (options.max_cost > 0) {
    AddRuleX(options.max_cost,
             absl::StrCat("limit ", CostText(ranking.cost, options.max_cost)),
             Series::TARGET, panel);
    x.Include(options.max_cost);
  }
  *panel.mutable_x() = x.Axis(LabelOf(ranking.cost));
  *panel.mutable_y() = y.Axis("loss above the best, nats per token");
  AddTable(ranking, *figure.mutable_table());
  figure.set_sentence(Sentence(ranking));
  SayHidden(SideAt(data, budget), false, figure);
  figure.set_method(
      "Whiskers: one standard error over seeds, or over held-out batches of a "
      "single run.");
  SayDrawn(ranking, figure);
  WarnOfBeyond(x, y, figure);
  return figure;
}

}  // namespace isoshape
