#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status/status_macros.h"
#include "common/text/format_number.h"
#include "figures/kinds/builders.h"
#include "figures/parts/marks.h"
#include "figures/parts/run_marks.h"
#include "figures/parts/sentences.h"
#include "scaling/isoflop/envelope.h"
#include "scaling/isoflop/isoflop.h"
#include "scaling/predict/trend_prediction.h"
#include "scaling/runs/geometry.h"

namespace isoshape {
namespace {

using Series = v1::FigureSeries;

constexpr int kSteps = 48;

// The lower hull through runs, and its straight line if nothing better is
// known.
void AddEnvelope(const Runs& runs, const Bootstrap<EnvelopeFit>& envelope,
                 bool with_line, const std::vector<double>& flops, double level,
                 v1::FigurePanel& panel) {
  if (with_line) {
    std::vector<Interval> band;
    std::vector<double> losses;
    for (const double at : flops) {
      const double ln_c = std::log(at);
      band.push_back(Exp(envelope
                             .Estimate(
                                 [&](const EnvelopeLaw& law) {
                                   return law.loss.intercept +
                                          law.loss.slope * ln_c;
                                 },
                                 level)
                             .percentile));
      losses.push_back(band.back().value);
    }
    AddBand(flops, band, "interval of the line", {}, panel);
    AddLine(flops, losses, "line along the envelope", Series::FIT, {}, panel);
  }
  const std::vector<double> training = runs.TrainingFlops();
  std::vector<double> x, y;
  for (const int row : envelope.fit.rows) {
    // Runs of one budget differ a little in FLOPs: their hull drops to the
    // best.
    if (!x.empty() && training[row] < kOneBudget * x.back()) {
      x.pop_back();
      y.pop_back();
    }
    x.push_back(training[row]);
    y.push_back(runs.loss[row]);
  }
  AddLine(x, y, "lower envelope", Series::FRONT, {}, panel);
}

// L*(C) of the isoFLOP optima.
void AddTrend(const LossTrend& trend, const std::vector<double>& flops,
              v1::FigurePanel& panel) {
  std::vector<Interval> band;
  std::vector<double> losses;
  for (const double at : flops) {
    band.push_back(trend.At(at).loss);
    losses.push_back(band.back().value);
  }
  AddBand(flops, band, "interval of a run of the best size", {}, panel);
  AddLine(flops, losses, "L*(C) of the isoFLOP optima", Series::FIT, {}, panel);
}

std::string Sentence(const Bootstrap<EnvelopeFit>& envelope, size_t runs,
                     double level, const LogTrend* trend) {
  const auto of = [&](const auto& figure) {
    return WithInterval(envelope.Estimate(figure, level).percentile,
                        FormatRatio);
  };
  std::string text = absl::StrFormat(
      "%d of %d runs are on the lower envelope; along it the loss falls as "
      "C^%s and the size grows as C^%s.",
      envelope.fit.rows.size(), runs,
      of([](const EnvelopeLaw& law) { return law.loss.slope; }),
      of([](const EnvelopeLaw& law) { return law.size.slope; }));
  if (trend != nullptr) {
    absl::StrAppendFormat(
        &text, " The best loss of the isoFLOP curves falls as C^%s.",
        WithInterval(trend->exponent.percentile, FormatRatio));
  }
  return text;
}

void AddTable(const Runs& runs, const std::vector<int>& rows,
              v1::FigureTable& table) {
  for (const char* column :
       {"C, FLOPs", "loss, nats per token", "size", "tokens"}) {
    table.add_columns(column);
  }
  const std::vector<double> flops = runs.TrainingFlops();
  for (const int row : rows) {
    AddRow({Cell(flops[row]), Cell(runs.loss[row]), Cell(runs.size[row]),
            Cell(runs.tokens[row])},
           table);
  }
}

}  // namespace

absl::StatusOr<v1::Figure> EnvelopeFigure(const FigureData& data,
                                          const FigureOptions& options) {
  const Runs& runs = *data.runs;
  const double level = options.fit.level;
  v1::Figure figure;
  figure.set_title(absl::StrCat("Loss over compute of ", data.name));
  v1::FigurePanel lines, points;
  AxisRange x(true);
  AxisRange y(true);
  const RunMarks marks = MarksOf(runs, options.max_marks, data.first_imported);
  AddRunMarks(data, marks,
              {.x = [](const RunMark& mark) { return mark.flops; },
               .y = [](const RunMark& mark) { return mark.loss; },
               .error = [](const RunMark& mark) { return mark.error; }},
              points, x, y);
  AddSideMarks(
      data, options.show_failed,
      [](const SideTrial& trial) { return trial.flops; },
      [](const SideTrial& trial) { return trial.loss; }, points, x, y);
  auto [low, high] = runs.FlopsRange();
  for (const SideTrial& trial : data.side) {
    if (trial.why != SideTrial::Why::kVerification) continue;
    high = std::max(high, trial.flops);
  }
  const std::vector<double> flops =
      LogSteps(low, std::max(high, low * 1.0001), kSteps);
  const LogTrend* trend = nullptr;
  if (!runs.budget.empty()) {
    const auto fit = data.memo->Isoflop(runs, options.fit);
    if (fit.ok() && (*fit)->loss) {
      trend = &*(*fit)->loss;
      ISOSHAPE_ASSIGN_OR_RETURN(const LossTrend loss,
                                LossTrend::Make(**fit, runs));
      AddTrend(loss, flops, lines);
      y.Include(loss.BestAt(flops.back()));
    }
  }
  const auto envelope = data.memo->Envelope(runs, options.fit);
  figure.set_method(MethodOf(runs, options.fit, ""));
  if (envelope.ok()) {
    AddEnvelope(runs, **envelope, trend == nullptr, flops, level, lines);
    AddTable(runs, (*envelope)->fit.rows, *figure.mutable_table());
    figure.set_sentence(Sentence(**envelope, runs.rows(), level, trend));
  } else {
    AddTable(runs, {}, *figure.mutable_table());
    figure.set_sentence(BestSentence(runs));
    figure.add_warnings(
        absl::StrCat("no envelope: ", envelope.status().message()));
  }
  v1::FigurePanel& panel = *figure.add_panels();
  // The envelope lies over the points that it goes through.
  panel.mutable_series()->MergeFrom(points.series());
  panel.mutable_series()->MergeFrom(lines.series());
  *panel.mutable_x() = x.Axis("C, training FLOPs");
  *panel.mutable_y() = y.Axis("validation loss, nats per token");
  WarnOfBeyond(x, y, figure);
  CountMarks(data, marks, options.show_failed, figure);
  return figure;
}

}  // namespace isoshape
