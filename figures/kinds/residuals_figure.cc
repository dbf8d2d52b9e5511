#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/text/format_number.h"
#include "figures/kinds/builders.h"
#include "figures/parts/marks.h"
#include "figures/parts/run_marks.h"
#include "figures/parts/sentences.h"
#include "scaling/reports/law_report.h"
#include "scaling/runs/geometry.h"
#include "scaling/statistics/robust_deviation.h"

namespace isoshape {
namespace {

using Series = v1::FigureSeries;

// Residuals within so many robust deviations are what noise gives.
constexpr double kBand = 2;

// ln loss by the law, by row; NaN: not known.
struct RunResiduals {
  std::vector<double> fitted;
  std::vector<bool> used;        // in the fit
  std::vector<double> held_out;  // by the fit without the row
  double deviation = 0;          // of ln(measured / fitted) of the used, robust
};

absl::StatusOr<RunResiduals> Compute(const FigureData& data,
                                     const FigureOptions& options,
                                     v1::Figure& figure) {
  const Runs& runs = *data.runs;
  const auto report = data.memo->Report(runs, options.fit);
  if (!report.ok()) return report.status();
  RunResiduals residuals;
  residuals.held_out.assign(runs.rows(), NAN);
  std::vector<double> used;
  for (const FittedRow& row : (*report)->rows) {
    residuals.fitted.push_back(std::log(row.fitted));
    residuals.used.push_back(row.weight > 0);
    const double off = std::log(row.loss / row.fitted);
    if (row.weight > 0 && std::isfinite(off)) used.push_back(off);
  }
  if (!used.empty()) residuals.deviation = RobustDeviation(used);
  figure.mutable_warnings()->Add((*report)->warnings.begin(),
                                 (*report)->warnings.end());
  LawOptions plain = options.fit;
  plain.resamples = 0;
  const auto below = data.memo->FromWellBelow(runs, plain);
  if (!below.ok()) {
    figure.add_warnings(absl::StrCat(
        "no residuals of runs that were held out: ", below.status().message()));
    return residuals;
  }
  const std::vector<double> levels = runs.ComputeLevels();
  const double largest = *std::max_element(levels.begin(), levels.end());
  for (size_t i = 0; i < runs.rows(); ++i) {
    if (levels[i] < largest / kOneBudget) continue;
    const double ratio = runs.has_shapes() ? runs.width[i] / runs.depth[i] : 0;
    residuals.held_out[i] =
        (*below)->log_loss_at(runs.size[i], runs.tokens[i], ratio).value;
  }
  return residuals;
}

void AddPanel(const FigureData& data, const RunMarks& marks,
              const RunResiduals& residuals, const std::string& label,
              const std::function<double(const RunMark&)>& x_of,
              v1::Figure& figure) {
  v1::FigurePanel& panel = *figure.add_panels();
  panel.set_title(label.substr(0, label.find(',')));
  AxisRange x(true);
  AxisRange y(false);
  y.Include(0);
  if (residuals.deviation > 0) {
    Series* band = AddSeries(panel, "twice the deviation of a run",
                             Series::SPAN_Y, Series::NOISE);
    band->add_y_lower(-100 * kBand * residuals.deviation);
    band->add_y_upper(100 * kBand * residuals.deviation);
    y.Include(100 * kBand * residuals.deviation);
    y.Include(-100 * kBand * residuals.deviation);
  }
  AddRuleY(0, "the law", Series::FIT, panel);
  const auto add = [&](const char* name, Series::Role role,
                       const std::function<double(const RunMark&)>& law) {
    std::map<double, Series*> by_budget;
    for (const RunMark& mark : marks.marks) {
      const double value = 100 * (std::log(mark.loss) - law(mark));
      if (!std::isfinite(value)) continue;
      Series*& series = by_budget[mark.budget];
      if (series == nullptr) {
        series = AddSeries(panel, name, Series::POINTS, role,
                           ColorOf(data, mark.budget));
      }
      AddPoint(x_of(mark), value, *series);
      if (!data.numbers.empty() && mark.runs == 1) {
        series->add_trials(data.numbers[mark.row]);
      } else {
        series->add_trials(0);
      }
      x.Add(x_of(mark));
      y.Add(value);
    }
    for (auto& [budget, series] : by_budget) {
      if (data.numbers.empty() || marks.aggregated) series->clear_trials();
    }
  };
  const auto used = [&](const RunMark& mark, bool imported) {
    return residuals.used[mark.row] && mark.imported == imported
               ? residuals.fitted[mark.row]
               : NAN;
  };
  add("residual of the fit", Series::MEASURED,
      [&](const RunMark& mark) { return used(mark, false); });
  add("imported, residual of the fit", Series::REFERENCE,
      [&](const RunMark& mark) { return used(mark, true); });
  add("not used in the fit", Series::HELD_OUT, [&](const RunMark& mark) {
    return residuals.used[mark.row] ? NAN : residuals.fitted[mark.row];
  });
  add("by the fit to a quarter of the compute or less", Series::HELD_OUT,
      [&](const RunMark& mark) { return residuals.held_out[mark.row]; });
  *panel.mutable_x() = x.Axis(label);
  *panel.mutable_y() = y.Axis("measured above the law, %");
}

// Mean of the residuals that are finite, and their number.
struct Mean {
  double mean = 0;
  int count = 0;
};
Mean MeanResidual(const Runs& runs, const std::vector<double>& ln_law) {
  Mean mean;
  for (size_t i = 0; i < ln_law.size(); ++i) {
    const double off = std::log(runs.loss[i]) - ln_law[i];
    if (std::isfinite(off)) mean.mean += (off - mean.mean) / ++mean.count;
  }
  return mean;
}

}  // namespace

absl::StatusOr<v1::Figure> ResidualsFigure(const FigureData& data,
                                           const FigureOptions& options) {
  const Runs& runs = *data.runs;
  v1::Figure figure;
  const std::string law = LawName(options.fit.law);
  figure.set_title(
      absl::StrFormat("Residuals of the %s law, %s", law, data.name));
  absl::StatusOr<RunResiduals> residuals = Compute(data, options, figure);
  if (!residuals.ok()) return residuals.status();
  // Each mark is in every panel.
  const int panels = runs.has_shapes() ? 4 : 3;
  RunMarks marks =
      MarksOf(runs, options.max_marks / panels, data.first_imported);
  AddPanel(
      data, marks, *residuals, SizeLabel(runs.measure),
      [](const RunMark& mark) { return mark.size; }, figure);
  AddPanel(
      data, marks, *residuals, "D, tokens",
      [](const RunMark& mark) { return mark.tokens; }, figure);
  AddPanel(
      data, marks, *residuals, "C, training FLOPs",
      [](const RunMark& mark) { return mark.flops; }, figure);
  if (runs.has_shapes()) {
    AddPanel(
        data, marks, *residuals, "width / depth",
        [](const RunMark& mark) { return mark.aspect_ratio(); }, figure);
  }
  std::string sentence = absl::StrFormat(
      "A run lies %s (robust standard deviation) about the %s law.",
      FormatPercent(residuals->deviation), law);
  const Mean held = MeanResidual(runs, residuals->held_out);
  if (held.count > 0) {
    absl::StrAppendFormat(
        &sentence,
        " Fitted to a quarter of the largest compute or less, the law puts the "
        "loss of the %d runs at the largest %s too %s on average.",
        held.count, FormatPercent(std::abs(held.mean)),
        held.mean > 0 ? "low" : "high");
  }
  figure.set_sentence(sentence);
  figure.set_method(
      "Residuals are ln(measured loss / loss by the law), in percent; the band "
      "is twice their robust standard deviation.");
  v1::FigureTable& table = *figure.mutable_table();
  for (const char* column : {"budget, FLOPs", "size", "tokens", "loss",
                             "residual, %", "used", "held out, %"}) {
    table.add_columns(column);
  }
  for (const RunMark& mark : marks.marks) {
    AddRow(
        {Cell(mark.budget), Cell(mark.size), Cell(mark.tokens), Cell(mark.loss),
         Cell(100 * (std::log(mark.loss) - residuals->fitted[mark.row])),
         residuals->used[mark.row] ? "yes" : "no",
         Cell(100 * (std::log(mark.loss) - residuals->held_out[mark.row]))},
        table);
  }
  CountMarks(data, marks, false, figure);
  // Runs that check predictions are not drawn here.
  figure.set_drawn(static_cast<int64_t>(marks.marks.size()));
  figure.set_total(marks.total);
  return figure;
}

}  // namespace isoshape
