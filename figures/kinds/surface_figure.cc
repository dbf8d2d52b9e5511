#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/text/format_number.h"
#include "figures/kinds/builders.h"
#include "figures/parts/contours.h"
#include "figures/parts/marks.h"
#include "figures/parts/run_marks.h"
#include "figures/parts/sentences.h"
#include "messages/campaign/campaign_space.h"
#include "scaling/statistics/intervals.h"

namespace isoshape {
namespace {

using Series = v1::FigureSeries;

constexpr int kGrid = 60;  // nodes in either direction
constexpr int kLevels = 9;
constexpr int kSteps = 40;  // of the frontier

double LossAt(const LawPrediction& law, double size, double tokens) {
  return std::exp(law.log_loss_at_best(std::log(size), std::log(tokens)));
}

// Contours between the least loss of the panel and the loss that a tenth of it
// is above.
void AddContours(const LawPrediction& law, const v1::FigureAxis& x,
                 const v1::FigureAxis& y, v1::FigurePanel& panel) {
  const GridValues grid = Evaluate(
      LogSteps(x.min(), x.max(), kGrid), LogSteps(y.min(), y.max(), kGrid),
      [&](double size, double tokens) { return LossAt(law, size, tokens); });
  std::vector<double> sorted;
  for (const double one : grid.z) {
    if (std::isfinite(one)) sorted.push_back(one);
  }
  if (sorted.empty()) return;
  std::sort(sorted.begin(), sorted.end());
  const double low = sorted.front();
  const double high = Quantile(sorted, 0.9);
  if (!(high > low)) return;
  // At equal ratios of the loss above its least in the picture: contours of a
  // power law then lie evenly.
  for (const double share : LogSteps(0.03, 1, kLevels)) {
    const double level = low + share * (high - low);
    for (const ContourLine& line : Contour(grid, level)) {
      if (line.size() < 2) continue;
      Series* series =
          AddSeries(panel, absl::StrCat("loss by the ", law.law, " law"),
                    Series::LINE, Series::REFERENCE);
      for (const auto& [size, tokens] : line) {
        AddPoint(size, tokens, *series);
        series->add_labels("");
      }
      series->set_labels(static_cast<int>(line.size()) / 2,
                         absl::StrFormat("%.3g", level));
      series->set_write_labels(true);
    }
  }
}

// D over N of the best sizes, by compute; the band is the interval of N* in
// the direction of D that its compute leaves.
void AddFrontier(const LawPrediction& law, const ComputeRule& rule, double low,
                 double high, v1::FigurePanel& panel) {
  std::vector<double> sizes, tokens;
  Series* left = AddSeries(panel, "interval of the frontier", Series::LINE,
                           Series::UNCERTAINTY);
  std::vector<std::pair<double, double>> upper;
  for (const double flops : LogSteps(low, high, kSteps)) {
    const Interval size = law.best_size_at(flops).percentile;
    sizes.push_back(size.value);
    tokens.push_back(rule.Tokens(size.value, flops));
    if (size.lower)
      AddPoint(*size.lower, rule.Tokens(*size.lower, flops), *left);
    if (size.upper) {
      upper.emplace_back(*size.upper, rule.Tokens(*size.upper, flops));
    }
  }
  if (left->x_size() == 0) panel.mutable_series()->RemoveLast();
  if (!upper.empty()) {
    Series* right = AddSeries(panel, "interval of the frontier", Series::LINE,
                              Series::UNCERTAINTY);
    for (const auto& [size, at] : upper) AddPoint(size, at, *right);
  }
  AddLine(sizes, tokens, "efficient frontier N*, D*", Series::FIT, {}, panel);
}

void AddTarget(const LawPrediction& law, const ComputeRule& rule, double target,
               v1::FigurePanel& panel) {
  const v1::FigureAxis& axis = panel.x();
  std::vector<double> sizes, tokens;
  for (const double size : LogSteps(axis.min(), axis.max(), kSteps)) {
    sizes.push_back(size);
    tokens.push_back(rule.Tokens(size, target));
  }
  AddLine(sizes, tokens, absl::StrCat(FormatFlops(target), " FLOPs"),
          Series::TARGET, {}, panel);
  const Interval best = law.best_size_at(target).percentile;
  Series* point =
      AddSeries(panel, "best at the target", Series::POINTS, Series::PREDICTED);
  AddPoint(best.value, rule.Tokens(best.value, target), *point);
  AddXInterval(best, *point);
}

// The computes that a figure spans, FLOPs.
struct Span {
  double low = 0;     // of the smallest run
  double reach = 0;   // of the largest run, or the target beyond
  double target = 0;  // 0: none
};

Span SpanOf(const FigureData& data, const FigureOptions& options) {
  const auto [low, high] = data.runs->FlopsRange();
  const double target =
      options.target_flops > 0 ? options.target_flops : data.target_flops;
  return {.low = low,
          .reach = target > 0 ? std::max(target, high) : kDefaultReach * high,
          .target = target};
}

void AddTable(const LawPrediction& law, const Span& span,
              v1::FigureTable& table) {
  for (const double flops : LogSteps(span.low, span.reach, 6)) {
    const Interval size = law.best_size_at(flops).percentile;
    const double tokens = law.allocation.rule.Tokens(size.value, flops);
    AddRow({Cell(flops), Cell(size.value), Cell(size.lower), Cell(size.upper),
            Cell(tokens), Cell(LossAt(law, size.value, tokens))},
           table);
  }
}

// The best size by the law, what it warns of, and how its intervals were made.
void SayLaw(const LawPrediction& law, double reach, double level,
            v1::Figure& figure) {
  const Interval best = law.best_size_at(reach).percentile;
  figure.set_sentence(absl::StrFormat(
      "By the %s law the best size at %s FLOPs is %s on %s tokens.", law.law,
      FormatFlops(reach), WithInterval(best, FormatCount),
      FormatCount(law.allocation.rule.Tokens(best.value, reach))));
  for (const std::string& problem : law.problems) {
    figure.add_warnings(
        absl::StrCat("the ", law.law, " law is not identified: ", problem));
  }
  figure.mutable_warnings()->Add(law.warnings.begin(), law.warnings.end());
  if (!law.interval_method.empty()) {
    figure.set_method(absl::StrFormat("Intervals and bands: %g %%, %s.",
                                      100 * level, law.interval_method));
  }
}

// The contours and the best sizes of the law lie below the runs, and what it
// says of the target above them.
void DrawLaw(const LawPrediction& law, const Span& span,
             const v1::FigurePanel& points, v1::FigurePanel& panel) {
  const ComputeRule& rule = law.allocation.rule;
  AddContours(law, panel.x(), panel.y(), panel);
  AddFrontier(law, rule, span.low, span.reach, panel);
  panel.mutable_series()->MergeFrom(points.series());
  if (span.target > 0) AddTarget(law, rule, span.target, panel);
}

}  // namespace

absl::StatusOr<v1::Figure> SurfaceFigure(const FigureData& data,
                                         const FigureOptions& options) {
  const Runs& runs = *data.runs;
  const Span span = SpanOf(data, options);
  v1::Figure figure;
  figure.set_title(absl::StrCat("Loss over size and tokens, ", data.name));
  const auto law = data.memo->ByLaw(runs, options.fit, span.reach);
  v1::FigurePanel points;
  AxisRange x(true);
  AxisRange y(true);
  const RunMarks marks = MarksOf(runs, options.max_marks, data.first_imported);
  AddRunMarks(data, marks,
              {.x = [](const RunMark& mark) { return mark.size; },
               .y = [](const RunMark& mark) { return mark.tokens; }},
              points, x, y);
  AddSideMarks(
      data, options.show_failed,
      [](const SideTrial& trial) { return trial.size; },
      [](const SideTrial& trial) { return trial.tokens; }, points, x, y);
  if (law.ok()) {
    for (const double flops : {span.low, span.reach}) {
      const double size = (*law)->best_size(flops);
      x.IncludeIfNear(size);
      y.IncludeIfNear((*law)->allocation.rule.Tokens(size, flops));
    }
  }
  v1::FigurePanel& panel = *figure.add_panels();
  *panel.mutable_x() = x.Axis(SizeLabel(runs.measure));
  *panel.mutable_y() = y.Axis("D, tokens");
  for (const char* column : {"C, FLOPs", "N*", "N* lower", "N* upper",
                             "D*, tokens", "loss by the law"}) {
    figure.mutable_table()->add_columns(column);
  }
  if (law.ok()) {
    DrawLaw(**law, span, points, panel);
    AddTable(**law, span, *figure.mutable_table());
    SayLaw(**law, span.reach, options.fit.level, figure);
  } else {
    panel.mutable_series()->MergeFrom(points.series());
    figure.set_sentence(BestSentence(runs));
    figure.add_warnings(absl::StrCat("no law: ", law.status().message()));
  }
  WarnOfBeyond(x, y, figure);
  CountMarks(data, marks, options.show_failed, figure);
  return figure;
}

}  // namespace isoshape
