#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/text/counted.h"
#include "common/text/format_number.h"
#include "figures/kinds/builders.h"
#include "figures/parts/contours.h"
#include "figures/parts/infeasible_cells.h"
#include "figures/parts/marks.h"
#include "figures/parts/run_marks.h"
#include "figures/parts/sentences.h"
#include "scaling/runs/budget_levels.h"
#include "scaling/runs/size_of_shape.h"
#include "shape/feasible.h"

namespace isoshape {
namespace {

using Series = v1::FigureSeries;

constexpr char kAbove[] = "loss above the best, nats per token";
// Half of the largest cell, as a factor: a shape that was measured far from
// others does not fill the gap between them.
constexpr double kHalfCell = 1.3;
constexpr double kHalfOfOne = 2;  // if nothing else was measured: a round axis
constexpr int kLines = 4;         // of equal size
constexpr int kLineSteps = 16;    // of each
// Of the lines of equal loss by a law, nats per token above its best.
constexpr double kLossLevels[] = {0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2};
constexpr int kLawGrid = 48;
// A prediction gives an interval, of which the map shows nothing.
constexpr int kPredictionResamples = 10;
constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

// The edges about each of some values.
class Cells {
 public:
  explicit Cells(const std::set<double>& values)
      : values_(values.begin(), values.end()) {}

  std::pair<double, double> Around(double value) const {
    const auto at = std::lower_bound(values_.begin(), values_.end(), value);
    const double half = values_.size() == 1 ? kHalfOfOne : kHalfCell;
    double low = value / half;
    double high = value * half;
    if (at != values_.begin()) {
      low = std::max(low, std::sqrt(value * *std::prev(at)));
    }
    if (std::next(at) != values_.end()) {
      high = std::min(high, std::sqrt(value * *std::next(at)));
    }
    return {low, high};
  }

 private:
  std::vector<double> values_;
};

// The mean loss of the best of each depth and width at one budget.
std::vector<RunMark> BestShapes(const Runs& runs, double budget) {
  std::map<std::pair<double, double>, RunMark> best;
  for (const RunMark& mark : ShapeMeans(runs)) {
    if (budget > 0 && !SameBudget(mark.budget, budget)) continue;
    const auto [found, added] =
        best.try_emplace({mark.depth, mark.width}, mark);
    if (!added && mark.loss < found->second.loss) found->second = mark;
  }
  std::vector<RunMark> shapes;
  for (const auto& [shape, mark] : best) shapes.push_back(mark);
  return shapes;
}

// The shapes of one budget, and the depths and widths of all that were
// measured.
struct ShapeMap {
  ShapeMap(const Runs& runs, double of_budget)
      : budget(of_budget),
        shapes(BestShapes(runs, of_budget)),
        depths(runs.depth.begin(), runs.depth.end()),
        widths(runs.width.begin(), runs.width.end()),
        columns(depths),
        rows(widths) {}

  // The shape of least loss; there must be one.
  const RunMark& Best() const {
    return *std::min_element(
        shapes.begin(), shapes.end(),
        [](const RunMark& a, const RunMark& b) { return a.loss < b.loss; });
  }

  const double budget;  // 0: not known
  const std::vector<RunMark> shapes;
  const std::set<double> depths, widths;
  const Cells columns, rows;
};

void AddCell(const ShapeMap& map, double depth, double width, double z,
             Series& series) {
  const auto [left, right] = map.columns.Around(depth);
  const auto [bottom, top] = map.rows.Around(width);
  series.add_x_lower(left);
  series.add_x_upper(right);
  series.add_y_lower(bottom);
  series.add_y_upper(top);
  series.add_z(z);
}

void AddSizeLines(const SizeOfShape& sizes, const std::vector<RunMark>& shapes,
                  v1::FigurePanel& panel) {
  const auto [least, most] = std::minmax_element(
      shapes.begin(), shapes.end(),
      [](const RunMark& a, const RunMark& b) { return a.size < b.size; });
  if (!(most->size > least->size)) return;
  for (const double size : LogSteps(least->size, most->size, kLines)) {
    Series* line =
        AddSeries(panel, "equal size N", Series::LINE, Series::REFERENCE);
    for (const double depth :
         LogSteps(panel.x().min(), panel.x().max(), kLineSteps)) {
      const double width = sizes.Width(size, depth);
      if (width < panel.y().min() || width > panel.y().max()) continue;
      AddPoint(depth, width, *line);
      line->add_labels("");
    }
    if (line->x_size() < 2) {
      panel.mutable_series()->RemoveLast();
      continue;
    }
    line->set_labels(4 * line->labels_size() / 5, "N " + FormatCount(size));
    line->set_write_labels(true);
  }
}

// Lines on which the law puts a loss that much above its best, as far as depths
// and widths were measured; the function is NaN where sizes were not.
void AddEqualLoss(const std::string& law,
                  const std::function<double(double depth, double width)>& loss,
                  double best, const std::set<double>& depths,
                  const std::set<double>& widths, v1::FigurePanel& panel) {
  if (depths.size() < 2 || widths.size() < 2) return;
  const GridValues grid =
      Evaluate(LogSteps(*depths.begin(), *depths.rbegin(), kLawGrid),
               LogSteps(*widths.begin(), *widths.rbegin(), kLawGrid), loss);
  for (const double above : kLossLevels) {
    const std::vector<ContourLine> lines = Contour(grid, best + above);
    size_t longest = 0;
    for (const ContourLine& line : lines) {
      longest = std::max(longest, line.size());
    }
    for (const ContourLine& line : lines) {
      if (line.size() < 3) continue;
      Series* series =
          AddSeries(panel, absl::StrCat("equal loss by the ", law, " law"),
                    Series::LINE, Series::FIT);
      for (const auto& [depth, width] : line) {
        AddPoint(depth, width, *series);
        series->add_labels("");
      }
      // Where sizes end a line comes in pieces, which say nothing of their own.
      series->set_labels(static_cast<int>(line.size()) / 2,
                         absl::StrFormat("+%g", above));
      series->set_write_labels(2 * line.size() > longest);
    }
  }
}

// The loss of a law at a depth and a width; NaN at sizes beyond those measured.
// The law and the sizes that it is made of must outlive it.
using LossAt = std::function<double(double depth, double width)>;

LossAt LossByLaw(const LawPrediction& law, const SizeOfShape& sizes,
                 const ShapeMap& map) {
  double low = INFINITY;
  double high = 0;
  for (const RunMark& shape : map.shapes) {
    low = std::min(low, shape.size);
    high = std::max(high, shape.size);
  }
  return [&law, &sizes, low, high, budget = map.budget](double depth,
                                                        double width) {
    const double size = sizes.Size(depth, width);
    if (size < low || size > high) return kUnknown;
    const double tokens = law.allocation.rule.Tokens(size, budget);
    return std::exp(law.log_loss_at(size, tokens, width / depth).value);
  };
}

// Cells for every depth and width measured at any budget, as far as the law
// reaches, and lines of equal loss.
void AddLawCells(const std::string& law, const LossAt& loss_at,
                 const ShapeMap& map, v1::FigurePanel& cells,
                 v1::FigurePanel& points) {
  struct Place {
    double depth, width, loss;
  };
  std::vector<Place> places;
  double best = INFINITY;
  for (const double depth : map.depths) {
    for (const double width : map.widths) {
      const double loss = loss_at(depth, width);
      if (!std::isfinite(loss)) continue;
      places.push_back({depth, width, loss});
      best = std::min(best, loss);
    }
  }
  if (places.empty()) return;
  Series* series = AddSeries(cells, absl::StrCat("by the ", law, " law"),
                             Series::CELLS, Series::PREDICTED);
  series->set_z_label(kAbove);
  for (const Place& place : places) {
    AddCell(map, place.depth, place.width, place.loss - best, *series);
  }
  AddEqualLoss(law, loss_at, best, map.depths, map.widths, points);
}

// The best shape by a law, if one is predicted; adds it to the sentence.
void AddLawBest(const FigureData& data, LawOptions fit, const std::string& law,
                double budget, v1::FigurePanel& points, std::string& sentence) {
  if (!data.predict) return;
  fit.resamples = kPredictionResamples;
  const auto prediction = data.predict(budget, fit.law, fit);
  if (!prediction.ok() || prediction->shapes.empty()) return;
  const Shape& shape = prediction->shapes.front().choice.shape;
  Series* point = AddSeries(points, absl::StrCat("best by the ", law, " law"),
                            Series::POINTS, Series::PREDICTED);
  AddPoint(static_cast<double>(shape.depth), static_cast<double>(shape.width),
           *point);
  point->add_labels(absl::StrFormat("%d x %d", shape.depth, shape.width));
  absl::StrAppendFormat(&sentence, " The %s law puts the best at %d x %d.", law,
                        shape.depth, shape.width);
}

// The cells, the lines and the best shape of a law.
absl::Status AddLaw(const FigureData& data, const FigureOptions& options,
                    const std::optional<SizeOfShape>& sizes,
                    const ShapeMap& map, v1::FigurePanel& cells,
                    v1::FigurePanel& points, std::string& sentence) {
  if (!sizes) {
    return absl::FailedPreconditionError(
        "the shapes of the runs lie on one line");
  }
  // No interval is drawn, so nothing is fitted again and again for one.
  LawOptions fit = options.fit;
  fit.law = *options.law;
  fit.resamples = 0;
  const auto law = data.memo->ByLaw(*data.runs, fit, map.budget);
  if (!law.ok()) return law.status();
  AddLawCells((*law)->law, LossByLaw(**law, *sizes, map), map, cells, points);
  AddLawBest(data, fit, (*law)->law, map.budget, points, sentence);
  return absl::OkStatus();
}

// The cells of the shapes measured, which the axes must show.
void AddMeasured(const FigureData& data, const ShapeMap& map,
                 v1::FigurePanel& cells, AxisRange& x, AxisRange& y) {
  Series* series = AddSeries(cells, "measured", Series::CELLS, Series::MEASURED,
                             ColorOf(data, map.budget));
  series->clear_color();
  series->set_z_label(kAbove);
  const double best = map.Best().loss;
  const bool single = !data.numbers.empty() &&
                      std::all_of(map.shapes.begin(), map.shapes.end(),
                                  [](const RunMark& s) { return s.runs == 1; });
  for (const RunMark& shape : map.shapes) {
    AddCell(map, shape.depth, shape.width, shape.loss - best, *series);
    series->add_labels(absl::StrFormat(
        "%g x %g: loss %s, %s above the best, size %s", shape.depth,
        shape.width, FormatLoss(shape.loss), FormatRatio(shape.loss - best),
        FormatCount(shape.size)));
    if (single) series->add_trials(data.numbers[shape.row]);
  }
  for (const auto* edges : {&series->x_lower(), &series->x_upper()}) {
    for (const double edge : *edges) x.Include(edge);
  }
  for (const auto* edges : {&series->y_lower(), &series->y_upper()}) {
    for (const double edge : *edges) y.Include(edge);
  }
}

void AddTable(const ShapeMap& map, v1::FigureTable& table) {
  for (const char* column : {"depth", "width", "size", "runs",
                             "loss, nats per token", "above the best"}) {
    table.add_columns(column);
  }
  const double best = map.Best().loss;
  for (const RunMark& shape : map.shapes) {
    AddRow(
        {Cell(shape.depth), Cell(shape.width), Cell(shape.size),
         absl::StrCat(shape.runs), Cell(shape.loss), Cell(shape.loss - best)},
        table);
  }
}

// Marks the best shape measured, and says which it is.
std::string AddBest(const ShapeMap& map, v1::FigurePanel& points) {
  const RunMark& best = map.Best();
  Series* front =
      AddSeries(points, "best measured", Series::POINTS, Series::FRONT);
  AddPoint(best.depth, best.width, *front);
  front->add_labels(absl::StrFormat("%g x %g", best.depth, best.width));
  return absl::StrFormat(
      "%s measured%s %s %g x %g (depth x width), size %s, with a loss of %s.",
      map.shapes.size() == 1
          ? "The only shape"
          : absl::StrCat("Of ", map.shapes.size(), " shapes"),
      map.budget > 0 ? absl::StrFormat(" at %s FLOPs", FormatFlops(map.budget))
                     : "",
      map.shapes.size() == 1 ? "is" : "the best is", best.depth, best.width,
      FormatCount(best.size), FormatLoss(best.loss));
}

// Says how many shapes are drawn of how many runs.
void SayDrawn(const ShapeMap& map, v1::Figure& figure) {
  int64_t total = 0;
  for (const RunMark& shape : map.shapes) total += shape.runs;
  figure.set_drawn(static_cast<int64_t>(map.shapes.size()));
  figure.set_total(total);
  if (figure.drawn() < total) {
    figure.set_thinning(
        absl::StrFormat("%d runs are drawn as the means over seeds of %s",
                        total, Counted(figure.drawn(), "shape")));
  }
}

}  // namespace

absl::StatusOr<v1::Figure> HeatmapFigure(const FigureData& data,
                                         const FigureOptions& options) {
  const Runs& runs = *data.runs;
  if (!runs.has_shapes()) {
    return absl::FailedPreconditionError(
        "a map of depth and width needs both of every run; name these columns");
  }
  const double budget = BudgetToDraw(runs, options.budget_flops);
  const ShapeMap map(runs, budget);
  if (map.shapes.empty()) return NoSuchBudget(data, budget);
  v1::Figure figure;
  figure.set_title(absl::StrFormat(
      "Loss by depth and width%s, %s",
      budget > 0 ? absl::StrFormat(" at %s FLOPs", FormatFlops(budget)) : "",
      data.name));
  AxisRange x(true);
  AxisRange y(true);
  // What is drawn later lies above.
  v1::FigurePanel law_cells, cells, points;
  AddMeasured(data, map, cells, x, y);
  AddTable(map, *figure.mutable_table());
  std::string sentence = AddBest(map, points);
  v1::FigurePanel& panel = *figure.add_panels();
  *panel.mutable_x() = x.Axis("depth, layers");
  *panel.mutable_y() = y.Axis("width, d_model");
  const std::optional<SizeOfShape> sizes = SizeOfShape::Of(runs);
  if (options.law && budget > 0) {
    const absl::Status status =
        AddLaw(data, options, sizes, map, law_cells, points, sentence);
    if (!status.ok()) {
      figure.add_warnings(absl::StrCat("no law: ", status.message()));
    }
  }
  if (data.space && budget > 0) AddInfeasible(*data.space, budget, panel);
  for (v1::FigurePanel* part : {&law_cells, &cells}) {
    panel.mutable_series()->MergeFrom(part->series());
  }
  if (sizes) AddSizeLines(*sizes, map.shapes, panel);
  const std::vector<SideTrial> side = SideAt(data, budget);
  FigureData beside = data;
  beside.side = side;
  AddSideMarks(
      beside, options.show_failed,
      [](const SideTrial& trial) { return trial.depth; },
      [](const SideTrial& trial) { return trial.width; }, panel, x, y);
  panel.mutable_series()->MergeFrom(points.series());
  figure.set_sentence(sentence);
  SayHidden(side, options.show_failed, figure);
  figure.set_method(
      law_cells.series().empty()
          ? "Cells are means over seeds of what was measured; nothing is "
            "interpolated between them."
          : "Cells with an edge are means over seeds of what was measured; "
            "those without one, and the lines, are what the law says as far as "
            "sizes were measured.");
  SayDrawn(map, figure);
  return figure;
}

}  // namespace isoshape
