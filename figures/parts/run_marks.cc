#include "figures/parts/run_marks.h"

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>
#include <optional>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "figures/parts/marks.h"
#include "scaling/runs/budget_levels.h"
#include "scaling/runs/row_name.h"
#include "scaling/statistics/mean.h"

namespace isoshape {
namespace {

using Series = v1::FigureSeries;

// The table of runs as marks, in the order of budget, size and shape.
std::vector<RunMark> AllMarks(
    const Runs& runs,
    size_t first_imported = std::numeric_limits<size_t>::max()) {
  const std::vector<double> flops = runs.TrainingFlops();
  std::vector<RunMark> marks(runs.rows());
  for (size_t i = 0; i < marks.size(); ++i) {
    RunMark& mark = marks[i];
    mark.row = static_cast<int>(i);
    mark.imported = i >= first_imported;
    if (!runs.budget.empty()) mark.budget = runs.budget[i];
    mark.flops = flops[i];
    mark.size = runs.size[i];
    mark.tokens = runs.tokens[i];
    mark.loss = runs.loss[i];
    if (!runs.loss_stderr.empty()) mark.error = runs.loss_stderr[i];
    if (!runs.has_shapes()) continue;
    mark.depth = runs.depth[i];
    mark.width = runs.width[i];
  }
  std::sort(marks.begin(), marks.end(), [](const RunMark& a, const RunMark& b) {
    return std::tie(a.budget, a.size, a.depth, a.width, a.row) <
           std::tie(b.budget, b.size, b.depth, b.width, b.row);
  });
  return marks;
}

// Without budgets runs of other tokens are no seeds of one another.
bool SameShape(const RunMark& a, const RunMark& b) {
  return a.budget == b.budget && a.size == b.size && a.depth == b.depth &&
         a.width == b.width && a.imported == b.imported &&
         (a.budget > 0 || a.tokens == b.tokens);
}

RunMark MeanOf(const RunMark* first, const RunMark* last) {
  RunMark mean = *first;
  const auto count = static_cast<double>(last - first);
  mean.runs = static_cast<int>(last - first);
  if (mean.runs == 1) return mean;
  mean.flops = mean.tokens = 0;
  std::vector<double> losses;
  for (const RunMark* one = first; one != last; ++one) {
    losses.push_back(one->loss);
    mean.flops += one->flops / count;
    mean.tokens += one->tokens / count;
  }
  const SeedMean loss = MeanOfSeeds(losses);
  mean.loss = loss.value;
  mean.error = *loss.error;
  return mean;
}

std::vector<RunMark> MeansOf(const std::vector<RunMark>& sorted) {
  std::vector<RunMark> means;
  for (size_t begin = 0; begin < sorted.size();) {
    size_t end = begin + 1;
    while (end < sorted.size() && SameShape(sorted[begin], sorted[end])) ++end;
    means.push_back(MeanOf(sorted.data() + begin, sorted.data() + end));
    begin = end;
  }
  return means;
}

std::string LabelOf(const FigureData& data, const RunMark& mark) {
  std::string label;
  if (mark.depth > 0) {
    label = absl::StrFormat("%g x %g", mark.depth, mark.width);
  } else if (!data.runs->line.empty()) {
    label = RowName(*data.runs, mark.row);
  }
  if (mark.runs > 1) {
    absl::StrAppend(&label, label.empty() ? "" : ", ", "mean of ", mark.runs);
  } else if (!data.runs->seed.empty() && !data.runs->seed[mark.row].empty()) {
    absl::StrAppend(&label, label.empty() ? "" : ", ", "seed ",
                    data.runs->seed[mark.row]);
  }
  return label;
}

// Adds marks of one budget to a series.
void Fill(const FigureData& data, const std::vector<RunMark>& marks,
          const MarkPlace& place, bool single, Series& series, AxisRange& x,
          AxisRange& y) {
  for (const RunMark& mark : marks) {
    const double px = place.x(mark);
    const double py = place.y(mark);
    AddPoint(px, py, series);
    x.Add(px);
    y.Add(py);
    if (place.error) {
      const double error = place.error(mark);
      AddYInterval({.value = py, .lower = py - error, .upper = py + error},
                   series);
    }
    series.add_labels(LabelOf(data, mark));
    if (single && !data.numbers.empty()) {
      series.add_trials(data.numbers[mark.row]);
    }
  }
}

// Marks that are drawn alike: of one budget, imported or not.
using Alike = std::pair<double, bool>;

std::map<Alike, std::vector<RunMark>> ByBudget(
    const std::vector<RunMark>& marks) {
  std::map<Alike, std::vector<RunMark>> groups;
  for (const RunMark& mark : marks) {
    groups[{mark.budget, mark.imported}].push_back(mark);
  }
  return groups;
}

Series* AddSeriesOf(const FigureData& data, const Alike& alike,
                    absl::string_view name, v1::FigurePanel& panel) {
  const auto [budget, imported] = alike;
  return AddSeries(
      panel,
      imported ? absl::StrCat("imported", name == "measured"
                                              ? std::string()
                                              : absl::StrCat(", ", name))
               : std::string(name),
      Series::POINTS, imported ? Series::REFERENCE : Series::MEASURED,
      ColorOf(data, budget));
}

const char* NameOf(SideTrial::Why why) {
  switch (why) {
    case SideTrial::Why::kVerification:
      return "verification";
    case SideTrial::Why::kFailed:
      return "failed";
    case SideTrial::Why::kDiverged:
      return "diverged";
    case SideTrial::Why::kExcluded:
      return "excluded";
    case SideTrial::Why::kNoLoss:
      return "without a loss";
  }
  return "";
}

}  // namespace

std::vector<RunMark> ThinMarks(const std::vector<RunMark>& marks,
                               size_t max_marks) {
  const double share =
      static_cast<double>(max_marks) / static_cast<double>(marks.size());
  std::vector<RunMark> kept;
  for (size_t begin = 0; begin < marks.size();) {
    size_t end = begin;
    size_t best = begin;
    while (end < marks.size() && marks[end].budget == marks[begin].budget) {
      if (marks[end].loss < marks[best].loss) best = end;
      ++end;
    }
    double due = 0.5;
    for (size_t i = begin; i < end; ++i) {
      due += share;
      const bool keep = i == begin || i + 1 == end || i == best;
      if (due < 1 && !keep) continue;
      due -= 1;
      kept.push_back(marks[i]);
    }
    begin = end;
  }
  return kept;
}

std::vector<RunMark> ShapeMeans(const Runs& runs) {
  return MeansOf(AllMarks(runs));
}

RunMarks MarksOf(const Runs& runs, int max_marks, size_t first_imported) {
  RunMarks result;
  result.total = static_cast<int64_t>(runs.rows());
  result.marks = AllMarks(runs, first_imported);
  std::vector<RunMark> means = MeansOf(result.marks);
  const auto max = static_cast<size_t>(max_marks);
  if (result.marks.size() <= max) {
    for (const RunMark& mean : means) {
      if (mean.runs > 1) result.means.push_back(mean);
    }
    return result;
  }
  result.aggregated = true;
  const size_t shapes = means.size();
  if (shapes > max) means = ThinMarks(means, max);
  result.marks = std::move(means);
  if (shapes < runs.rows()) {
    result.thinning = absl::StrFormat(
        "the %d runs are drawn as %d means over the seeds of a shape at a "
        "budget",
        runs.rows(), shapes);
  }
  if (result.marks.size() < shapes) {
    absl::StrAppendFormat(
        &result.thinning,
        "%sof %d %s %d are drawn, spread evenly over the sizes of each budget, "
        "with its best; fits rest on all",
        result.thinning.empty() ? "" : "; ", shapes,
        shapes < runs.rows() ? "means" : "runs", result.marks.size());
  }
  return result;
}

void AddRunMarks(const FigureData& data, const RunMarks& marks,
                 const MarkPlace& place, v1::FigurePanel& panel, AxisRange& x,
                 AxisRange& y) {
  MarkPlace of_runs = place;
  if (place.error && !marks.means.empty()) {
    // The whisker of a shape with several seeds is that of their mean.
    of_runs.error = [](const RunMark&) { return 0; };
  }
  for (const auto& [alike, group] : ByBudget(marks.marks)) {
    Series* series = AddSeriesOf(
        data, alike, marks.aggregated ? "mean over seeds" : "measured", panel);
    Fill(data, group, of_runs, !marks.aggregated, *series, x, y);
  }
  for (const auto& [alike, group] : ByBudget(marks.means)) {
    Series* series = AddSeriesOf(data, alike, "mean over seeds", panel);
    Fill(data, group, place, false, *series, x, y);
  }
}

void AddSideMarks(const FigureData& data, bool show_failed,
                  const std::function<double(const SideTrial&)>& x_of,
                  const std::function<double(const SideTrial&)>& y_of,
                  v1::FigurePanel& panel, AxisRange& x, AxisRange& y) {
  std::map<std::pair<int, double>, Series*> by_kind;
  for (const SideTrial& trial : data.side) {
    const bool verifies = trial.why == SideTrial::Why::kVerification;
    if (!verifies && !show_failed) continue;
    Series*& series = by_kind[{static_cast<int>(trial.why), trial.budget}];
    if (series == nullptr) {
      series = AddSeries(panel, NameOf(trial.why), Series::POINTS,
                         verifies ? Series::VERIFICATION : Series::FAILED,
                         ColorOf(data, trial.budget));
    }
    const double px = x_of(trial);
    const double py = y_of(trial);
    AddPoint(px, py, *series);
    series->add_trials(trial.number);
    series->add_labels(absl::StrFormat("%g x %g, seed %d", trial.depth,
                                       trial.width, trial.seed));
    if (!verifies) continue;
    x.Include(px);
    y.Include(py);
  }
}

void SayHidden(std::span<const SideTrial> side, bool show_failed,
               v1::Figure& figure) {
  std::map<SideTrial::Why, int64_t> hidden;
  for (const SideTrial& trial : side) {
    if (show_failed || trial.why == SideTrial::Why::kVerification) continue;
    ++hidden[trial.why];
  }
  if (hidden.empty()) return;
  std::vector<std::string> parts;
  for (const auto& [why, count] : hidden) {
    parts.push_back(absl::StrCat(count, " ", NameOf(why)));
  }
  figure.set_sentence(absl::StrCat(
      figure.sentence(), " Not drawn: ", absl::StrJoin(parts, ", "), "."));
}

double BudgetToDraw(const Runs& runs, double asked) {
  if (asked != 0 || runs.budget.empty()) return asked;
  return *std::max_element(runs.budget.begin(), runs.budget.end());
}

std::vector<SideTrial> SideAt(const FigureData& data, double budget) {
  std::vector<SideTrial> side;
  for (const SideTrial& trial : data.side) {
    if (SameBudget(trial.budget, budget)) side.push_back(trial);
  }
  return side;
}

void CountMarks(const FigureData& data, const RunMarks& marks, bool show_failed,
                v1::Figure& figure) {
  const auto shown = static_cast<int64_t>(std::count_if(
      data.side.begin(), data.side.end(), [&](const SideTrial& trial) {
        return show_failed || trial.why == SideTrial::Why::kVerification;
      }));
  figure.set_drawn(static_cast<int64_t>(marks.marks.size()) + shown);
  figure.set_total(marks.total + shown);
  figure.set_thinning(marks.thinning);
  SayHidden(data.side, show_failed, figure);
}

std::optional<int> ColorOf(const FigureData& data, double budget) {
  const std::vector<double>& all = data.budgets;
  const auto near = std::lower_bound(
      all.begin(), all.end(), budget, [](double one, double value) {
        return one < value && !SameBudget(one, value);
      });
  if (near == all.end() || !SameBudget(*near, budget)) return std::nullopt;
  return static_cast<int>(near - all.begin());
}

void SetColors(const FigureData& data, v1::Figure& figure) {
  if (data.budgets.empty()) return;
  figure.set_color_label("budget, FLOPs");
  figure.mutable_color_values()->Add(data.budgets.begin(), data.budgets.end());
}

}  // namespace isoshape
