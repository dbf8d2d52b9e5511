#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/text/counted.h"
#include "common/text/format_number.h"
#include "figures/kinds/builders.h"
#include "figures/parts/marks.h"
#include "figures/parts/run_marks.h"
#include "figures/parts/sentences.h"
#include "scaling/isoflop/isoflop.h"
#include "scaling/predict/trend_prediction.h"
#include "scaling/statistics/akima.h"

namespace isoshape {
namespace {

using Series = v1::FigureSeries;

constexpr int kSteps = 48;  // of a curve
// Places of the sampled ranges above the lower end of the axis, as shares of
// its length: one below the other, each a bar of a part of its place.
constexpr double kRangeStep = 0.014;
constexpr double kRangeBar = 0.6;

// Draws the fit of one budget over the sizes that count in it.
void AddCurve(const BudgetOptimum& budget, const OptimumRule& rule,
              double level, std::optional<int> color, v1::FigurePanel& bands,
              v1::FigurePanel& panel) {
  const CurveColumns columns = Columns(budget.curve);
  if (columns.loss.size() < 3) return;
  const std::vector<double> weights = CurveWeights(columns, rule);
  double low = INFINITY;
  double high = -INFINITY;
  for (size_t i = 0; i < weights.size(); ++i) {
    if (weights[i] <= 0) continue;
    low = std::min(low, columns.ln_size[i]);
    high = std::max(high, columns.ln_size[i]);
  }
  if (!(high > low)) return;
  const std::vector<double> sizes =
      LogSteps(std::exp(low), std::exp(high), kSteps);
  std::vector<double> losses;
  if (rule.method == OptimumMethod::kAkima) {
    std::vector<double> y = columns.loss;
    if (rule.log_loss) {
      for (double& one : y) one = std::log(one);
    }
    const Akima curve(columns.ln_size, y);
    for (const double size : sizes) {
      const double at = curve.At(std::log(size));
      losses.push_back(rule.log_loss ? std::exp(at) : at);
    }
  } else {
    std::vector<Interval> band;
    for (const double size : sizes) {
      band.push_back(CurveLossAt(budget, rule, size, level));
      losses.push_back(band.back().value);
    }
    AddBand(sizes, band, "interval of the curve", color, bands);
  }
  AddLine(sizes, losses, "isoFLOP curve", Series::FIT, color, panel);
}

void AddOptima(const FigureData& data, const IsoflopFit& fit,
               v1::FigurePanel& panel, AxisRange& x, AxisRange& y) {
  for (const BudgetOptimum& budget : fit.budgets) {
    const std::optional<int> color = ColorOf(data, budget.curve.budget);
    if (budget.bracketed()) {
      Series* series =
          AddSeries(panel, "optimum", Series::POINTS, Series::OPTIMUM, color);
      AddPoint(budget.size.value, budget.loss.value, *series);
      AddXInterval(budget.size.percentile, *series);
      AddYInterval(budget.loss.percentile, *series);
      series->add_labels(
          absl::StrFormat("N* %s at %s FLOPs",
                          WithInterval(budget.size.percentile, FormatCount),
                          FormatFlops(budget.curve.budget)));
      x.Include(budget.size.value);
      y.Include(budget.loss.value);
      continue;
    }
    const ShapeMean& best = budget.curve.best();
    Series* series = AddSeries(panel, "no optimum seen", Series::POINTS,
                               Series::EDGE, color);
    AddPoint(best.size, best.loss, *series);
    series->add_labels(absl::StrFormat(
        "%s FLOPs: %s", FormatFlops(budget.curve.budget), budget.problem));
    y.Include(best.loss);
  }
}

// Loss over size of the optima, from the trends of both over compute.
void AddTrend(const IsoflopFit& fit, const Runs& runs, v1::FigurePanel& panel) {
  if (!fit.size) return;
  const absl::StatusOr<LossTrend> loss = LossTrend::Make(fit, runs);
  if (!loss.ok()) return;  // as without a size: fewer than two optima
  const std::vector<int> bracketed = fit.Bracketed();
  std::vector<double> sizes, losses;
  for (const double flops :
       LogSteps(fit.budgets[bracketed.front()].curve.budget,
                fit.budgets[bracketed.back()].curve.budget, kSteps)) {
    sizes.push_back(fit.size->At(flops));
    losses.push_back(loss->BestAt(flops));
  }
  AddLine(sizes, losses, "trend of the optima", Series::FIT, {}, panel);
}

// From the smallest to the largest size of each budget, one bar below the other
// at the lower edge. They are no lines: one would look like a curve that was
// measured at two sizes.
void AddSampledRanges(const FigureData& data, v1::FigurePanel& panel) {
  std::map<double, std::pair<double, double>> ranges;
  const Runs& runs = *data.runs;
  for (size_t i = 0; i < runs.rows(); ++i) {
    const double size = runs.size[i];
    auto [range, added] = ranges.try_emplace(runs.budget[i], size, size);
    range->second.first = std::min(range->second.first, size);
    range->second.second = std::max(range->second.second, size);
  }
  v1::FigureAxis& axis = *panel.mutable_y();
  const double span = axis.max() - axis.min();
  const auto count = static_cast<double>(ranges.size());
  const double step = span * std::min(kRangeStep, 0.15 / count);
  axis.set_min(axis.min() - step * count);
  double y = axis.min() + step / 2;
  for (const auto& [budget, range] : ranges) {
    Series* bar = AddSeries(panel, "sizes tried", Series::CELLS,
                            Series::SAMPLED, ColorOf(data, budget));
    bar->add_x_lower(range.first);
    bar->add_x_upper(range.second);
    bar->add_y_lower(y - kRangeBar * step / 2);
    bar->add_y_upper(y + kRangeBar * step / 2);
    y += step;
  }
}

void AddTable(const IsoflopFit& fit, v1::FigureTable& table) {
  for (const char* column :
       {"budget, FLOPs", "runs", "sizes", "N*", "N* lower", "N* upper",
        "D*, tokens", "L*, nats per token", "L* lower", "L* upper", "note"}) {
    table.add_columns(column);
  }
  for (const BudgetOptimum& budget : fit.budgets) {
    const SizeCurve& curve = budget.curve;
    std::vector<std::string> cells = {Cell(curve.budget),
                                      absl::StrCat(curve.runs),
                                      absl::StrCat(curve.points.size())};
    if (budget.bracketed()) {
      const Interval& size = budget.size.percentile;
      const Interval& loss = budget.loss.percentile;
      for (const std::string& cell :
           {Cell(size.value), Cell(size.lower), Cell(size.upper),
            Cell(budget.tokens.value), Cell(loss.value), Cell(loss.lower),
            Cell(loss.upper)}) {
        cells.push_back(cell);
      }
    } else {
      cells.insert(cells.end(), 7, "-");
    }
    cells.push_back(budget.problem);
    AddRow(cells, table);
  }
}

// The best measured of each budget, if there is no fit.
void AddMeasuredTable(const FigureData& data, v1::FigureTable& table) {
  for (const char* column :
       {"budget, FLOPs", "runs", "sizes", "best size", "its loss"}) {
    table.add_columns(column);
  }
  for (const SizeCurve& curve : MakeSizeCurves(*data.runs)) {
    AddRow({Cell(curve.budget), absl::StrCat(curve.runs),
            absl::StrCat(curve.points.size()), Cell(curve.best().size),
            Cell(curve.best().loss)},
           table);
  }
}

std::string Sentence(const IsoflopFit& fit) {
  const std::vector<int> bracketed = fit.Bracketed();
  std::string text = absl::StrFormat(
      "%d of %s %s best size", bracketed.size(),
      Counted(std::ssize(fit.budgets), "budget"),
      fit.budgets.size() == 1 ? "brackets its" : "bracket their");
  if (bracketed.empty()) return text + ".";
  const BudgetOptimum& largest = fit.budgets[bracketed.back()];
  absl::StrAppendFormat(&text, "; at %s FLOPs it is %s with a loss of %s.",
                        FormatFlops(largest.curve.budget),
                        WithInterval(largest.size.percentile, FormatCount),
                        WithInterval(largest.loss.percentile, FormatLoss));
  if (fit.size) {
    absl::StrAppendFormat(
        &text, " N* grows as C^%s.",
        WithInterval(fit.size->exponent.percentile, FormatRatio));
  }
  return text;
}

}  // namespace

absl::StatusOr<v1::Figure> IsoflopFigure(const FigureData& data,
                                         const FigureOptions& options) {
  const Runs& runs = *data.runs;
  if (runs.budget.empty()) {
    return NeedsBudgets("isoFLOP curves");
  }
  v1::Figure figure;
  figure.set_title(absl::StrCat("isoFLOP curves of ", data.name));
  v1::FigurePanel& panel = *figure.add_panels();
  AxisRange x(true);
  AxisRange y(false);
  const auto fit = data.memo->Isoflop(runs, options.fit);
  const RunMarks marks = MarksOf(runs, options.max_marks, data.first_imported);
  v1::FigurePanel lines, points, optima;  // in the order of drawing
  AddRunMarks(data, marks,
              {.x = [](const RunMark& mark) { return mark.size; },
               .y = [](const RunMark& mark) { return mark.loss; },
               .error = [](const RunMark& mark) { return mark.error; }},
              points, x, y);
  AddSideMarks(
      data, options.show_failed,
      [](const SideTrial& trial) { return trial.size; },
      [](const SideTrial& trial) { return trial.loss; }, points, x, y);
  if (fit.ok()) {
    for (const BudgetOptimum& budget : (*fit)->budgets) {
      AddCurve(budget, (*fit)->options.rule, options.fit.level,
               ColorOf(data, budget.curve.budget), panel, lines);
    }
    AddTrend(**fit, runs, lines);
    AddOptima(data, **fit, optima, x, y);
    AddTable(**fit, *figure.mutable_table());
    figure.set_sentence(Sentence(**fit));
    figure.set_method(MethodOf(runs, options.fit, (*fit)->method));
    figure.mutable_warnings()->Add((*fit)->warnings.begin(),
                                   (*fit)->warnings.end());
  } else {
    AddMeasuredTable(data, *figure.mutable_table());
    figure.set_sentence(BestSentence(runs));
    figure.add_warnings(absl::StrCat("no curves: ", fit.status().message()));
  }
  for (v1::FigurePanel* part : {&lines, &points, &optima}) {
    panel.mutable_series()->MergeFrom(part->series());
  }
  *panel.mutable_x() = x.Axis(SizeLabel(runs.measure));
  *panel.mutable_y() = y.Axis("validation loss, nats per token");
  AddSampledRanges(data, panel);
  WarnOfBeyond(x, y, figure);
  CountMarks(data, marks, options.show_failed, figure);
  return figure;
}

}  // namespace isoshape
