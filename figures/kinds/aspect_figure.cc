#include <algorithm>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/text/counted.h"
#include "common/text/format_number.h"
#include "figures/kinds/builders.h"
#include "figures/parts/marks.h"
#include "figures/parts/run_marks.h"
#include "figures/parts/sentences.h"
#include "scaling/isoflop/isoflop.h"
#include "scaling/runs/budget_levels.h"

namespace isoshape {
namespace {

using Series = v1::FigureSeries;

// Shapes compare by aspect ratio if their size is within this factor of that
// of the budget's best shape, as predictions of the best ratio have it.
constexpr double kComparable = 1.25;
// Differences below so many standard deviations of a run are noise.
constexpr double kNoise = 2;

// The shapes of one budget that compare, by aspect ratio.
struct Comparison {
  double budget = 0;
  std::vector<RunMark> shapes;
  RunMark best;

  double Above(const RunMark& shape) const { return shape.loss - best.loss; }
  int Within(double difference) const {
    return static_cast<int>(std::count_if(
        shapes.begin(), shapes.end(),
        [&](const RunMark& one) { return Above(one) <= difference; }));
  }
};

// Sets `all` to the runs of these budgets and `compared` to those that compare.
std::vector<Comparison> Compare(const Runs& runs, double budget, int64_t& all,
                                int64_t& compared) {
  std::map<double, std::vector<RunMark>> groups;
  for (const RunMark& mark : ShapeMeans(runs)) {
    if (budget > 0 && !SameBudget(mark.budget, budget)) continue;
    groups[mark.budget].push_back(mark);
    all += mark.runs;
  }
  std::vector<Comparison> comparisons;
  for (auto& [level, shapes] : groups) {
    Comparison& one = comparisons.emplace_back();
    one.budget = level;
    one.best = *std::min_element(
        shapes.begin(), shapes.end(),
        [](const RunMark& a, const RunMark& b) { return a.loss < b.loss; });
    for (const RunMark& shape : shapes) {
      const double factor = shape.size / one.best.size;
      if (factor > kComparable || factor < 1 / kComparable) continue;
      one.shapes.push_back(shape);
      compared += shape.runs;
    }
    std::sort(one.shapes.begin(), one.shapes.end(),
              [](const RunMark& a, const RunMark& b) {
                return a.aspect_ratio() < b.aspect_ratio();
              });
  }
  return comparisons;
}

// The least loss at each aspect ratio. Ratios of very many shapes are hardly
// ever equal, and a line through all of them would show the noise alone: of
// those within a step the best counts.
std::map<double, double> LeastByRatio(const std::vector<double>& ratios,
                                      const std::vector<double>& above) {
  constexpr size_t kMany = 24;
  constexpr double kStep = 1.3;  // a factor
  std::map<double, size_t> best;
  for (size_t i = 0; i < ratios.size(); ++i) {
    const double key = ratios.size() > kMany
                           ? std::round(std::log(ratios[i]) / std::log(kStep))
                           : ratios[i];
    const auto [found, added] = best.try_emplace(key, i);
    if (!added && above[i] < above[found->second]) found->second = i;
  }
  std::map<double, double> least;
  for (const auto& [key, i] : best) least[ratios[i]] = above[i];
  return least;
}

void AddComparison(const FigureData& data, const Comparison& comparison,
                   v1::FigurePanel& panel, AxisRange& x, AxisRange& y) {
  const std::optional<int> color = ColorOf(data, comparison.budget);
  std::vector<double> ratios, above;
  for (const RunMark& shape : comparison.shapes) {
    ratios.push_back(shape.aspect_ratio());
    above.push_back(comparison.Above(shape));
  }
  const std::map<double, double> least = LeastByRatio(ratios, above);
  if (least.size() > 1) {
    Series* line = AddSeries(panel, "best of each aspect ratio", Series::LINE,
                             Series::SAMPLED, color);
    for (const auto& [ratio, loss] : least) AddPoint(ratio, loss, *line);
  }
  Series* series = AddSeries(panel, "mean over seeds", Series::POINTS,
                             Series::MEASURED, color);
  const bool single =
      !data.numbers.empty() &&
      std::all_of(comparison.shapes.begin(), comparison.shapes.end(),
                  [](const RunMark& s) { return s.runs == 1; });
  for (size_t i = 0; i < ratios.size(); ++i) {
    const RunMark& shape = comparison.shapes[i];
    AddPoint(ratios[i], above[i], *series);
    series->add_y_lower(above[i] - shape.error);
    series->add_y_upper(above[i] + shape.error);
    series->add_labels(absl::StrFormat("%g x %g, size %s, %s", shape.depth,
                                       shape.width, FormatCount(shape.size),
                                       Counted(shape.runs, "run")));
    if (single) series->add_trials(data.numbers[shape.row]);
    x.Add(ratios[i]);
    y.Add(above[i]);
    y.IncludeIfNear(above[i] + shape.error);
  }
}

// Leaves about `max_marks` shapes of all comparisons.
void Thin(int max_marks, std::vector<Comparison>& comparisons) {
  size_t marks = 0;
  for (const Comparison& one : comparisons) marks += one.shapes.size();
  if (marks <= static_cast<size_t>(max_marks)) return;
  for (Comparison& one : comparisons) {
    one.shapes = ThinMarks(one.shapes, one.shapes.size() * max_marks / marks);
  }
}

std::string Sentence(const Comparison& largest, double noise) {
  if (largest.shapes.size() < 2) {
    return absl::StrFormat(
        "At %s FLOPs one shape only was measured near the best size: aspect "
        "ratios cannot be compared there.",
        FormatFlops(largest.budget));
  }
  std::string text = absl::StrFormat(
      "At %s FLOPs the best of %d shapes near the best size is %g x %g, an "
      "aspect ratio of %s",
      FormatFlops(largest.budget), largest.shapes.size(), largest.best.depth,
      largest.best.width, FormatRatio(largest.best.aspect_ratio()));
  if (noise > 0) {
    const int within = largest.Within(kNoise * noise) - 1;
    absl::StrAppendFormat(
        &text, "; %d of the %d others %s within noise of it (%s nats)", within,
        largest.shapes.size() - 1, within == 1 ? "is" : "are",
        FormatRatio(kNoise * noise));
  }
  return text + ".";
}

void AddTable(const std::vector<Comparison>& comparisons, double noise,
              v1::FigureTable& table) {
  for (const char* column :
       {"budget, FLOPs", "depth", "width", "width / depth", "size", "runs",
        "loss above the best, nats", "its standard error", "within noise"}) {
    table.add_columns(column);
  }
  for (const Comparison& comparison : comparisons) {
    for (const RunMark& shape : comparison.shapes) {
      AddRow({Cell(comparison.budget), Cell(shape.depth), Cell(shape.width),
              Cell(shape.aspect_ratio()), Cell(shape.size),
              absl::StrCat(shape.runs), Cell(comparison.Above(shape)),
              shape.error > 0 ? Cell(shape.error) : "-",
              !(noise > 0)                                ? "-"
              : comparison.Above(shape) <= kNoise * noise ? "yes"
                                                          : "no"},
             table);
    }
  }
}

// Standard deviation of a run about the isoFLOP curves; 0: not known.
double NoiseOf(const FigureData& data, const FigureOptions& options) {
  if (data.runs->budget.empty()) return 0;
  const auto fit = data.memo->Isoflop(*data.runs, options.fit);
  return fit.ok() ? (*fit)->noise : 0;
}

// Says how many shapes are drawn, of `all` runs, of which `compared` are of
// sizes that are compared.
void SayDrawn(const std::vector<Comparison>& comparisons, int64_t compared,
              int64_t all, v1::Figure& figure) {
  int64_t marks = 0;
  for (const Comparison& comparison : comparisons) {
    marks += static_cast<int64_t>(comparison.shapes.size());
  }
  figure.set_total(all);
  figure.set_drawn(marks);
  if (marks >= all) return;
  figure.set_thinning(absl::StrFormat(
      "shapes are compared that are within %g times the size of the best one "
      "of their budget%s",
      kComparable,
      compared > marks
          ? absl::StrFormat(", %d runs as %d means over seeds", compared, marks)
          : ""));
}

}  // namespace

absl::StatusOr<v1::Figure> AspectFigure(const FigureData& data,
                                        const FigureOptions& options) {
  const Runs& runs = *data.runs;
  if (!runs.has_shapes()) {
    return absl::FailedPreconditionError(
        "aspect ratios need the depth and width of every run; name these "
        "columns");
  }
  int64_t all = 0;
  int64_t compared = 0;
  std::vector<Comparison> comparisons =
      Compare(runs, options.budget_flops, all, compared);
  if (comparisons.empty()) return NoSuchBudget(data, options.budget_flops);
  v1::Figure figure;
  figure.set_title(absl::StrCat("Loss over aspect ratio of ", data.name));
  const double noise = NoiseOf(data, options);
  if (!(noise > 0)) {
    figure.add_warnings(
        "the noise of a run is not known, so no band shows which differences "
        "are within it; run seeds, or more sizes");
  }
  AddTable(comparisons, noise, *figure.mutable_table());
  figure.set_sentence(Sentence(comparisons.back(), noise));
  Thin(options.max_marks, comparisons);
  v1::FigurePanel& panel = *figure.add_panels();
  AxisRange x(true);
  AxisRange y(false);
  y.Include(0);
  if (noise > 0) {
    Series* band = AddSeries(panel, "within noise of the best", Series::SPAN_Y,
                             Series::NOISE);
    band->add_y_lower(0);
    band->add_y_upper(kNoise * noise);
    y.IncludeIfNear(kNoise * noise);
  }
  for (const Comparison& comparison : comparisons) {
    AddComparison(data, comparison, panel, x, y);
  }
  *panel.mutable_x() = x.Axis("width / depth");
  *panel.mutable_y() =
      y.Axis("loss above the best of the budget, nats per token");
  figure.set_method(
      "Whiskers: one standard error over seeds, or over held-out batches of a "
      "single run. Band: twice the standard deviation of a run about the "
      "isoFLOP curves.");
  SayDrawn(comparisons, compared, all, figure);
  WarnOfBeyond(x, y, figure);
  return figure;
}

}  // namespace isoshape
