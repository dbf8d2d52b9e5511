#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/format_number.h"
#include "figures/kinds/builders.h"
#include "figures/parts/marks.h"
#include "figures/parts/run_marks.h"
#include "figures/parts/sentences.h"
#include "scaling/runs/budget_levels.h"

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

const char* LabelOf(Request::Cost cost) {
  switch (cost) {
    case Request::DECODE_SECONDS:
      return "seconds for one decoded token";
    case Request::PEAK_MEMORY_BYTES:
      return "peak memory in training, bytes";
    case Request::STEP_SECONDS:
      return "seconds for one training step";
    default:
      return "parameters";
  }
}

std::string CostText(Request::Cost cost, double value) {
  switch (cost) {
    case Request::DECODE_SECONDS:
    case Request::STEP_SECONDS:
      return FormatSeconds(value);
    case Request::PEAK_MEMORY_BYTES:
      return FormatBytes(value);
    default:
      return FormatCount(value) + " parameters";
  }
}

std::optional<double> CostOf(const FigureData& data,
                             const v1::RankedShape& shape, Request::Cost cost) {
  switch (cost) {
    case Request::DECODE_SECONDS:
      if (!shape.has_decode_seconds()) return std::nullopt;
      return shape.decode_seconds();
    case Request::PEAK_MEMORY_BYTES:
      if (!shape.has_peak_memory_bytes()) return std::nullopt;
      return static_cast<double>(shape.peak_memory_bytes());
    case Request::STEP_SECONDS:
      // Of the trial's share of the machine, where trials are trained together.
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
                             Request::Cost cost, int64_t& without) {
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
std::vector<Priced> OfRuns(const Runs& runs, double budget, Request::Cost cost,
                           int64_t& without) {
  std::vector<Priced> priced;
  for (const RunMark& mark : ShapeMeans(runs)) {
    if (budget > 0 && !SameBudget(mark.budget, budget)) continue;
    double value = NAN;
    if (cost == Request::DECODE_SECONDS && !runs.decode_seconds.empty()) {
      value = runs.decode_seconds[mark.row];
    } else if (cost == Request::PARAMETERS) {
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
  std::vector<bool> front;
  double least = INFINITY;
  for (const Priced& shape : shapes) {
    front.push_back(shape.loss < least);
    least = std::min(least, shape.loss);
  }
  return front;
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

}  // namespace

absl::StatusOr<v1::Figure> ParetoFigure(const FigureData& data,
                                        const FigureOptions& options) {
  const Runs& runs = *data.runs;
  double budget = options.budget_flops;
  if (budget == 0 && !runs.budget.empty()) {
    budget = *std::max_element(runs.budget.begin(), runs.budget.end());
  }
  const auto priced = [&](Request::Cost cost, int64_t& without) {
    return data.shapes.empty() ? OfRuns(runs, budget, cost, without)
                               : OfShapes(data, budget, cost, without);
  };
  Request::Cost cost = options.cost;
  int64_t without = 0;
  std::vector<Priced> shapes;
  if (cost == Request::COST_UNSPECIFIED) {
    cost = Request::DECODE_SECONDS;
    shapes = priced(cost, without);
    if (shapes.empty()) {
      cost = Request::PARAMETERS;
      without = 0;
    }
  }
  if (shapes.empty()) shapes = priced(cost, without);
  if (shapes.empty()) {
    if (without == 0) return NoSuchBudget(data, budget);
    return absl::FailedPreconditionError(absl::StrFormat(
        "of none of the %d shapes %s are known; choose another cost, such as "
        "parameters",
        without, LabelOf(cost)));
  }
  const std::vector<bool> front = FrontOf(shapes);
  const double best = std::min_element(shapes.begin(), shapes.end(),
                                       [](const Priced& a, const Priced& b) {
                                         return a.loss < b.loss;
                                       })
                          ->loss;
  v1::Figure figure;
  figure.set_title(absl::StrFormat(
      "Loss against %s%s, %s", LabelOf(cost),
      budget > 0 ? absl::StrFormat(" at %s FLOPs", FormatFlops(budget)) : "",
      data.name));
  v1::FigurePanel& panel = *figure.add_panels();
  AxisRange x(true);
  AxisRange y(false);
  v1::FigureTable& table = *figure.mutable_table();
  for (const std::string& column :
       {std::string(LabelOf(cost)), std::string("loss above the best, nats"),
        std::string("its standard error"), std::string("depth"),
        std::string("width"), std::string("runs"),
        std::string("on the front")}) {
    table.add_columns(column);
  }
  const std::vector<bool> drawn =
      Drawn(front, static_cast<size_t>(options.max_marks));
  std::vector<double> line_x, line_y;
  for (const bool on_front : {false, true}) {
    Series* series =
        AddSeries(panel, on_front ? "front" : "another is better in both",
                  Series::POINTS, on_front ? Series::FRONT : Series::DOMINATED);
    for (size_t i = 0; i < shapes.size(); ++i) {
      if (front[i] != on_front || !drawn[i]) continue;
      const Priced& shape = shapes[i];
      const double above = shape.loss - best;
      AddPoint(shape.cost, above, *series);
      series->add_y_lower(above - shape.error);
      series->add_y_upper(above + shape.error);
      series->add_labels(absl::StrFormat(
          "%g x %g, %s, %s above the best", shape.depth, shape.width,
          CostText(cost, shape.cost), FormatRatio(above)));
      if (on_front) {
        line_x.push_back(shape.cost);
        line_y.push_back(above);
        x.Include(shape.cost);
        y.Include(above);
      } else {
        x.Add(shape.cost);
        y.Add(above);
      }
    }
    if (series->x_size() == 0) panel.mutable_series()->RemoveLast();
  }
  if (line_x.size() > 1) {
    AddLine(line_x, line_y, "front", Series::FRONT, {}, panel);
  }
  if (options.max_cost > 0) {
    AddRuleX(options.max_cost,
             absl::StrCat("limit ", CostText(cost, options.max_cost)),
             Series::TARGET, panel);
    x.Include(options.max_cost);
  }
  for (size_t i = 0; i < shapes.size(); ++i) {
    const Priced& shape = shapes[i];
    AddRow({Cell(shape.cost), Cell(shape.loss - best), Cell(shape.error),
            Cell(shape.depth), Cell(shape.width), absl::StrCat(shape.runs),
            front[i] ? "yes" : "no"},
           table);
  }
  *panel.mutable_x() = x.Axis(LabelOf(cost));
  *panel.mutable_y() = y.Axis("loss above the best, nats per token");
  const size_t cheapest =
      std::find(front.begin(), front.end(), true) - front.begin();
  size_t last = cheapest;
  for (size_t i = 0; i < front.size(); ++i) {
    if (front[i]) last = i;
  }
  std::string sentence = absl::StrFormat(
      "%d of %d shapes are on the front: from %s, %s nats above the best, to "
      "%s with the least loss, %s.",
      static_cast<int>(line_x.size()), shapes.size(),
      CostText(cost, shapes[cheapest].cost),
      FormatRatio(shapes[cheapest].loss - best),
      CostText(cost, shapes[last].cost), FormatLoss(best));
  if (without > 0) {
    absl::StrAppendFormat(&sentence, " Of %d shapes the cost is not known.",
                          without);
  }
  figure.set_sentence(sentence);
  const std::vector<SideTrial> side = SideAt(data, budget);
  SayHidden(side, false, figure);
  figure.set_method(
      "Whiskers: one standard error over seeds, or over held-out batches of a "
      "single run.");
  figure.set_drawn(std::count(drawn.begin(), drawn.end(), true));
  const auto known = static_cast<int64_t>(shapes.size());
  figure.set_total(known + without);
  std::vector<std::string> thinning;
  if (figure.drawn() < known) {
    thinning.push_back(absl::StrFormat(
        "of the %d shapes that are not on the front some are drawn, spread "
        "evenly over their cost",
        known - static_cast<int64_t>(line_x.size())));
  }
  if (without > 0) {
    thinning.push_back(absl::StrFormat(
        "%d shapes without a known cost have no place", without));
  }
  figure.set_thinning(absl::StrJoin(thinning, "; "));
  WarnOfBeyond(x, y, figure);
  return figure;
}

}  // namespace isoshape
