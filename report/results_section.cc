#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/text/counted.h"
#include "common/text/format_number.h"
#include "common/text/interval_text.h"
#include "common/text/short_exponent.h"
#include "messages/shape/shape_proto.h"
#include "report/html.h"
#include "report/report_sections.h"
#include "shape/shape.h"

namespace isoshape {
namespace {

using Rows = std::vector<std::vector<std::string>>;
using Format = std::function<std::string(double)>;

// The ends of an interval.
std::string EndsText(const v1::Estimate& estimate, const Format& format) {
  if (!estimate.has_lower() && !estimate.has_upper()) {
    return estimate.method().empty() ? "-" : "not identified";
  }
  std::optional<double> lower;
  std::optional<double> upper;
  if (estimate.has_lower()) lower = estimate.lower();
  if (estimate.has_upper()) upper = estimate.upper();
  return absl::StrCat(EndText(lower, format), " to ", EndText(upper, format));
}

std::string WithEnds(const v1::Estimate& estimate, const Format& format) {
  const std::string ends = EndsText(estimate, format);
  return ends == "-" ? format(estimate.value())
                     : absl::StrCat(format(estimate.value()), " (", ends, ")");
}

std::string LevelText(double level) {
  return absl::StrFormat("%g %%", 100 * level);
}

std::string AbsentHtml(const char* what, const absl::Status& status) {
  return Sentences({absl::StrCat(what, ": ", status.message())}, "absent");
}

std::string BestHtml(const ReportData& data) {
  if (!data.best.ok()) {
    return AbsentHtml("No best shapes yet", data.best.status());
  }
  Rows rows;
  for (const v1::RankedShape& shape : data.best->shapes()) {
    rows.push_back(
        {FormatFlops(shape.budget_flops()), absl::StrCat(shape.rank()),
         ShapeLabel(FromProto(shape.shape())),
         FormatLoss(shape.validation_loss()),
         FormatLoss(shape.validation_loss_stderr()),
         FormatLoss(shape.loss_above_best()), FormatCount(shape.size()),
         FormatCount(static_cast<double>(shape.tokens())),
         absl::StrCat(shape.trials_size()),
         shape.has_decode_seconds() ? FormatSeconds(shape.decode_seconds())
                                    : "-"});
  }
  return Subheading("Best measured shapes") +
         HtmlTable(
             "Losses in nats per token; a shape is depth x width.",
             {"budget, FLOPs", "rank", "shape", "loss", "standard error",
              "above the best", "size N", "tokens", "trials", "decoded token"},
             rows) +
         Sentences({data.best->warnings().begin(), data.best->warnings().end()},
                   "warn");
}

std::string OptimaHtml(const v1::FitLawResponse& law) {
  if (law.optima_size() == 0) return "";
  Rows rows;
  for (const v1::BudgetOptimum& optimum : law.optima()) {
    const bool found = optimum.has_optimal_size();
    rows.push_back(
        {FormatFlops(optimum.budget_flops()), absl::StrCat(optimum.trials()),
         found ? FormatCount(optimum.optimal_size().value()) : "-",
         found ? EndsText(optimum.optimal_size(), FormatCount) : "-",
         found ? FormatCount(optimum.optimal_tokens().value()) : "-",
         found ? FormatLoss(optimum.optimal_loss().value()) : "-",
         FormatCount(optimum.min_size()), FormatCount(optimum.max_size()),
         optimum.on_edge() ? absl::StrCat("on the edge of the sizes tried; ",
                                          optimum.problem())
                           : optimum.problem()});
  }
  return HtmlTable("The best size of each budget.",
                   {"budget, FLOPs", "points", "N*", "interval of N*", "D*",
                    "L*", "least size tried", "largest", "note"},
                   rows);
}

std::string LawHtml(const absl::StatusOr<v1::FitLawResponse>& law,
                    const char* otherwise) {
  if (!law.ok()) return AbsentHtml(otherwise, law.status());
  std::string out = Subheading(absl::StrCat("Law: ", law->law()));
  out += Paragraph(absl::StrCat(law->formula(), "; N is ", law->size(), "; ",
                                Counted(law->trials(), "point"), "."));
  out += OptimaHtml(*law);
  Rows rows;
  for (const auto* figures : {&law->parameters(), &law->derived()}) {
    for (const v1::LawFigure& figure : *figures) {
      const bool known = figure.unidentified().empty();
      const Format digits = [](double value) { return FormatDigits(value, 4); };
      rows.push_back(
          {figure.name(), known ? digits(figure.estimate().value()) : "-",
           known ? EndsText(figure.estimate(), digits) : "not identified",
           known ? figure.meaning() : figure.unidentified()});
    }
  }
  if (!rows.empty()) {
    const std::string& method = law->interval_method();
    out += HtmlTable(absl::StrCat("Intervals of ", LevelText(law->level()),
                                  method.empty() ? "" : ": ", method),
                     {"figure", "value", "interval", "what it is"}, rows);
  }
  out += Sentences({law->findings().begin(), law->findings().end()}, "note");
  return out +
         Sentences({law->warnings().begin(), law->warnings().end()}, "warn");
}

std::string RunnersUpHtml(const v1::PredictShapeResponse& prediction) {
  if (prediction.shapes_size() == 0) return "";
  Rows rows;
  for (const v1::PricedShape& shape : prediction.shapes()) {
    rows.push_back({ShapeLabel(FromProto(shape.shape())),
                    FormatCount(shape.size()), FormatCount(shape.tokens()),
                    FormatLoss(shape.loss()), FormatLoss(shape.above_best()),
                    FormatPercent(shape.wasted_compute()), shape.beyond()});
  }
  return HtmlTable(
      "The predicted shape and its runners-up; what each would waste of the "
      "compute.",
      {"shape", "size N", "tokens", "loss", "above the best", "wasted", "note"},
      rows);
}

// What predictions came to: the table of the figure that shows it.
std::string CheckHtml(const ReportData& data) {
  for (const auto& [kind, figure] : data.figures) {
    if (kind != v1::Figure::PREDICTION || !figure.ok()) continue;
    Rows rows;
    for (const v1::FigureTable::Row& row : figure->table().rows()) {
      rows.emplace_back(row.cells().begin(), row.cells().end());
    }
    if (rows.empty()) return "";
    return Subheading("Prediction against measurement") +
           HtmlTable(figure->sentence(),
                     {figure->table().columns().begin(),
                      figure->table().columns().end()},
                     rows);
  }
  return "";
}

}  // namespace

std::string SummaryHtml(const ReportData& data) {
  std::string out;
  if (data.prediction.ok() && data.prediction->has_shape()) {
    const v1::PredictShapeResponse& found = *data.prediction;
    out += absl::StrCat(
        "<div class=\"lead\">",
        Paragraph(absl::StrFormat(
            "At %s FLOPs train %s: depth %d, width %d, %s parameters, on %s "
            "tokens. Its loss is predicted as %s nats per token%s.",
            FormatFlops(found.target_flops()),
            ShapeLabel(FromProto(found.shape())), found.shape().depth(),
            found.shape().width(),
            FormatCount(static_cast<double>(found.parameters())),
            FormatCount(static_cast<double>(found.tokens())),
            WithEnds(found.loss(), FormatLoss),
            found.loss().level() > 0
                ? absl::StrCat(" at a level of ",
                               LevelText(found.loss().level()))
                : "")),
        "</div>\n");
    out += Paragraph(absl::StrFormat(
        "The best size there is N* = %s; that is %s times the largest compute "
        "that was measured.",
        WithEnds(found.optimal_size(), FormatCount),
        FormatRatio(found.extrapolation())));
    out += Paragraph(found.method());
    out +=
        Sentences({found.warnings().begin(), found.warnings().end()}, "warn");
  } else {
    out += AbsentHtml(
        "No prediction yet",
        data.prediction.ok()
            ? absl::FailedPreconditionError(data.prediction->unidentified())
            : data.prediction.status());
  }
  if (!data.file.empty()) {
    return out + Paragraph(absl::StrCat(Counted(data.imported, "run"), " of ",
                                        data.file, "."));
  }
  if (data.imported > 0) {
    out += Paragraph(absl::StrCat("Imported: ", Counted(data.imported, "run"),
                                  ", trained elsewhere."));
  }
  if (data.imported_alone) return out;
  const v1::TrialCounts& counts = data.campaign.trial_counts();
  out += Paragraph(absl::StrFormat(
      "Trials: %d succeeded, %d diverged, %d failed, %d stopped, %d cancelled, "
      "%d running, %d waiting.",
      counts.succeeded(), counts.diverged(), counts.failed(), counts.stopped(),
      counts.cancelled(), counts.leased(), counts.pending()));
  std::vector<std::string> notes;
  for (const std::string& note :
       {data.campaign.planner_note(), data.campaign.missing()}) {
    if (!note.empty()) notes.push_back(note);
  }
  return out + Sentences(notes, "note");
}

std::string ResultsHtml(const ReportData& data) {
  std::string out = data.file.empty() ? BestHtml(data) : "";
  out += LawHtml(data.laws[0], "No isoFLOP fit yet");
  out += LawHtml(data.laws[1], "No parametric law yet");
  if (data.prediction.ok()) out += RunnersUpHtml(*data.prediction);
  return out + CheckHtml(data);
}

}  // namespace isoshape
