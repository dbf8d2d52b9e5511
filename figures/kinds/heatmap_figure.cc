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
#include "common/format_number.h"
#include "figures/kinds/builders.h"
#include "figures/parts/contours.h"
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
constexpr int kLines = 4;       // of equal size
constexpr int kLineSteps = 16;  // of each
// Of the lines of equal loss by a law, nats per token above its best.
constexpr double kLossLevels[] = {0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2};
constexpr int kLawGrid = 48;
// A prediction gives an interval, of which the map shows nothing.
constexpr int kPredictionResamples = 10;
constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
// The widest grid on which feasibility is looked at.
constexpr int64_t kMaxWidths = 400;
constexpr int64_t kMaxDepths = 400;

// The edges about each of some values.
class Cells {
 public:
  explicit Cells(const std::set<double>& values)
      : values_(values.begin(), values.end()) {}

  std::pair<double, double> Around(double value) const {
    const auto at = std::lower_bound(values_.begin(), values_.end(), value);
    double low = value / kHalfCell;
    double high = value * kHalfCell;
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

void AddCell(const Cells& depths, const Cells& widths, double depth,
             double width, double z, Series& series) {
  const auto [left, right] = depths.Around(depth);
  const auto [bottom, top] = widths.Around(width);
  series.add_x_lower(left);
  series.add_x_upper(right);
  series.add_y_lower(bottom);
  series.add_y_upper(top);
  series.add_z(z);
}

// Shapes that the budget or the campaign's limits do not allow, as rectangles.
void AddInfeasible(const BudgetSpace& space, double budget,
                   v1::FigurePanel& panel) {
  const SearchSpace& bounds = space.space;
  const int64_t head = std::max<int64_t>(1, bounds.base.head_dim);
  const auto first_width = std::max<int64_t>(
      1, static_cast<int64_t>(std::ceil(panel.y().min() / head)));
  const auto last_width = static_cast<int64_t>(panel.y().max() / head);
  const auto last_depth = static_cast<int64_t>(panel.x().max());
  const auto first_depth =
      std::max<int64_t>(1, static_cast<int64_t>(std::ceil(panel.x().min())));
  if (last_width - first_width > kMaxWidths ||
      last_depth - first_depth > kMaxDepths) {
    return;
  }
  const int64_t tokens = space.tokens_per_step(budget);
  Series* series = nullptr;
  for (int64_t depth = first_depth; depth <= last_depth; ++depth) {
    int64_t begin = 0;  // of widths that are not feasible, in heads
    for (int64_t heads = first_width; heads <= last_width + 1; ++heads) {
      const bool bad =
          heads <= last_width &&
          !FeasibilityProblem(bounds, ShapeInSpace(bounds, depth, heads * head),
                              tokens, budget)
               .empty();
      if (bad && begin == 0) begin = heads;
      if (bad || begin == 0) continue;
      if (series == nullptr) {
        series = AddSeries(panel, "not feasible at this budget", Series::CELLS,
                           Series::INFEASIBLE);
      }
      series->add_x_lower(static_cast<double>(depth) - 0.5);
      series->add_x_upper(static_cast<double>(depth) + 0.5);
      series->add_y_lower((static_cast<double>(begin) - 0.5) * head);
      series->add_y_upper((static_cast<double>(heads) - 0.5) * head);
      begin = 0;
    }
  }
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
    line->set_labels(line->labels_size() - 1, "N " + FormatCount(size));
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
          AddSeries(panel, absl::StrCat("equal loss by the law ", law),
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

// What the law says of every depth and width measured at any budget, as far as
// these reach, and its best shape.
absl::Status AddLaw(const FigureData& data, const FigureOptions& options,
                    double budget, const SizeOfShape& sizes,
                    const Cells& depths, const Cells& widths,
                    const std::set<double>& all_depths,
                    const std::set<double>& all_widths,
                    const std::vector<RunMark>& shapes, v1::FigurePanel& cells,
                    v1::FigurePanel& points, std::string& sentence) {
  // No interval is drawn, so nothing is fitted again and again for one.
  LawOptions fit = options.fit;
  fit.law = *options.law;
  fit.resamples = 0;
  const auto law = data.memo->ByLaw(*data.runs, fit, budget);
  if (!law.ok()) return law.status();
  double low = INFINITY;
  double high = 0;
  for (const RunMark& shape : shapes) {
    low = std::min(low, shape.size);
    high = std::max(high, shape.size);
  }
  struct Place {
    double depth, width, loss;
  };
  const auto loss_at = [&](double depth, double width) {
    const double size = sizes.Size(depth, width);
    if (size < low || size > high) return kUnknown;
    const double tokens = (*law)->allocation.rule.Tokens(size, budget);
    return std::exp((*law)->log_loss_at(size, tokens, width / depth).value);
  };
  std::vector<Place> places;
  double best = INFINITY;
  for (const double depth : all_depths) {
    for (const double width : all_widths) {
      const double loss = loss_at(depth, width);
      if (!std::isfinite(loss)) continue;
      places.push_back({depth, width, loss});
      best = std::min(best, loss);
    }
  }
  if (!places.empty()) {
    Series* series = AddSeries(cells, absl::StrCat("by the law ", (*law)->law),
                               Series::CELLS, Series::PREDICTED);
    series->set_z_label(kAbove);
    for (const Place& place : places) {
      AddCell(depths, widths, place.depth, place.width, place.loss - best,
              *series);
    }
    AddEqualLoss((*law)->law, loss_at, best, all_depths, all_widths, points);
  }
  if (!data.predict) return absl::OkStatus();
  fit.resamples = kPredictionResamples;
  const auto prediction = data.predict(budget, fit.law, fit);
  if (!prediction.ok() || prediction->shapes.empty()) return absl::OkStatus();
  const Shape& shape = prediction->shapes.front().choice.shape;
  Series* point =
      AddSeries(points, absl::StrCat("best by the law ", (*law)->law),
                Series::POINTS, Series::PREDICTED);
  AddPoint(static_cast<double>(shape.depth), static_cast<double>(shape.width),
           *point);
  point->add_labels(absl::StrFormat("%d x %d", shape.depth, shape.width));
  absl::StrAppendFormat(&sentence, " The law %s puts the best at %d x %d.",
                        (*law)->law, shape.depth, shape.width);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::Figure> HeatmapFigure(const FigureData& data,
                                         const FigureOptions& options) {
  const Runs& runs = *data.runs;
  if (!runs.has_shapes()) {
    return absl::FailedPreconditionError(
        "a map of depth and width needs both of every run; name these columns");
  }
  double budget = options.budget_flops;
  if (budget == 0 && !runs.budget.empty()) {
    budget = *std::max_element(runs.budget.begin(), runs.budget.end());
  }
  const std::vector<RunMark> shapes = BestShapes(runs, budget);
  if (shapes.empty()) return NoSuchBudget(data, budget);
  const std::set<double> all_depths(runs.depth.begin(), runs.depth.end());
  const std::set<double> all_widths(runs.width.begin(), runs.width.end());
  const Cells depths(all_depths);
  const Cells widths(all_widths);
  const RunMark& best = *std::min_element(
      shapes.begin(), shapes.end(),
      [](const RunMark& a, const RunMark& b) { return a.loss < b.loss; });

  v1::Figure figure;
  figure.set_title(budget > 0
                       ? absl::StrFormat("Loss by depth and width at %s FLOPs, "
                                         "%s",
                                         FormatFlops(budget), data.name)
                       : absl::StrCat("Loss by depth and width, ", data.name));
  AxisRange x(true);
  AxisRange y(true);
  v1::FigurePanel law_cells, cells, points;
  Series* series = AddSeries(cells, "measured", Series::CELLS, Series::MEASURED,
                             ColorOf(data, budget));
  series->clear_color();
  series->set_z_label(kAbove);
  v1::FigureTable& table = *figure.mutable_table();
  for (const char* column : {"depth", "width", "size", "runs",
                             "loss, nats per token", "above the best"}) {
    table.add_columns(column);
  }
  int64_t total = 0;
  const bool single = !data.numbers.empty() &&
                      std::all_of(shapes.begin(), shapes.end(),
                                  [](const RunMark& s) { return s.runs == 1; });
  for (const RunMark& shape : shapes) {
    AddCell(depths, widths, shape.depth, shape.width, shape.loss - best.loss,
            *series);
    series->add_labels(absl::StrFormat(
        "%g x %g: loss %s, %s above the best, size %s", shape.depth,
        shape.width, FormatLoss(shape.loss),
        FormatRatio(shape.loss - best.loss), FormatCount(shape.size)));
    if (single) series->add_trials(data.numbers[shape.row]);
    for (const double edge : {series->x_lower(series->x_lower_size() - 1),
                              series->x_upper(series->x_upper_size() - 1)}) {
      x.Include(edge);
    }
    for (const double edge : {series->y_lower(series->y_lower_size() - 1),
                              series->y_upper(series->y_upper_size() - 1)}) {
      y.Include(edge);
    }
    AddRow({Cell(shape.depth), Cell(shape.width), Cell(shape.size),
            absl::StrCat(shape.runs), Cell(shape.loss),
            Cell(shape.loss - best.loss)},
           table);
    total += shape.runs;
  }
  Series* front =
      AddSeries(points, "best measured", Series::POINTS, Series::FRONT);
  AddPoint(best.depth, best.width, *front);
  front->add_labels(absl::StrFormat("%g x %g", best.depth, best.width));
  std::string sentence = absl::StrFormat(
      "Of %d shapes measured%s the best is %g x %g (depth x width), size %s, "
      "with a loss of %s.",
      shapes.size(),
      budget > 0 ? absl::StrFormat(" at %s FLOPs", FormatFlops(budget)) : "",
      best.depth, best.width, FormatCount(best.size), FormatLoss(best.loss));
  v1::FigurePanel& panel = *figure.add_panels();
  *panel.mutable_x() = x.Axis("depth, layers");
  *panel.mutable_y() = y.Axis("width, d_model");
  const std::optional<SizeOfShape> sizes = SizeOfShape::Of(runs);
  if (options.law && budget > 0) {
    const absl::Status status =
        sizes
            ? AddLaw(data, options, budget, *sizes, depths, widths, all_depths,
                     all_widths, shapes, law_cells, points, sentence)
            : absl::FailedPreconditionError(
                  "the shapes of the runs lie on one line");
    if (!status.ok()) {
      figure.add_warnings(absl::StrCat("no law: ", status.message()));
    }
  }
  if (data.space && budget > 0) AddInfeasible(*data.space, budget, panel);
  for (v1::FigurePanel* part : {&law_cells, &cells}) {
    panel.mutable_series()->MergeFrom(part->series());
  }
  if (sizes) AddSizeLines(*sizes, shapes, panel);
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
  figure.set_drawn(static_cast<int64_t>(shapes.size()));
  figure.set_total(total);
  if (figure.drawn() < total) {
    figure.set_thinning(absl::StrFormat(
        "%d runs are drawn as the means over seeds of %d shapes", total,
        shapes.size()));
  }
  return figure;
}

}  // namespace isoshape
