#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/text/counted.h"
#include "common/text/format_number.h"
#include "figures/gnuplot/render_figure.h"
#include "messages/json/enum_name.h"
#include "report/html.h"
#include "report/report_sections.h"

namespace isoshape {
namespace {

constexpr double kWidthMm = 150;
constexpr int kMaxRows = 60;  // of a figure's table

std::string TableHtml(const v1::Figure& figure) {
  const v1::FigureTable& table = figure.table();
  if (table.rows_size() == 0) return "";
  std::vector<std::vector<std::string>> rows;
  for (const v1::FigureTable::Row& row : table.rows()) {
    if (static_cast<int>(rows.size()) == kMaxRows) break;
    rows.emplace_back(row.cells().begin(), row.cells().end());
  }
  const auto total = std::max<int64_t>(table.total(), table.rows_size());
  const std::string caption =
      total > static_cast<int64_t>(rows.size())
          ? absl::StrCat(rows.size(), " of ", total,
                         " rows; isoshape plot gives all of them as csv.")
          : "";
  return Folded(
      "As a table",
      HtmlTable(caption, {table.columns().begin(), table.columns().end()},
                rows));
}

// `said`: warnings that stand further up, and are not repeated; takes up those
// of this figure.
std::string FigureHtml(const v1::Figure& figure, const std::string& svg,
                       std::set<std::string>& said) {
  std::string words = Paragraph(figure.sentence());
  std::vector<std::string> warnings;
  for (const std::string& warning : figure.warnings()) {
    if (said.insert(warning).second) warnings.push_back(warning);
  }
  words += Sentences(warnings, "warn");
  std::string small = figure.method();
  if (figure.drawn() < figure.total()) {
    absl::StrAppend(&small, small.empty() ? "" : " ",
                    "Drawn: ", FormatInteger(figure.drawn()), " of ",
                    FormatInteger(figure.total()), " points; ",
                    figure.thinning(), ".");
  }
  if (!small.empty()) {
    absl::StrAppend(&words, "<small>", Paragraph(small), "</small>");
  }
  return absl::StrCat("<figure><div class=\"picture\" tabindex=\"0\">", svg,
                      "</div><figcaption>", words, TableHtml(figure),
                      "</figcaption></figure>\n");
}

}  // namespace

std::string FiguresHtml(const ReportData& data) {
  std::string drawn;
  std::vector<std::string> absent;
  std::set<std::string> said;
  if (data.prediction.ok()) {  // in the summary
    said.insert(data.prediction->warnings().begin(),
                data.prediction->warnings().end());
  }
  for (const auto& [kind, figure] : data.figures) {
    absl::Status problem = figure.status();
    if (figure.ok()) {
      const absl::StatusOr<std::string> svg = RenderFigure(
          *figure, {.width_mm = kWidthMm, .theme = FigureTheme::kAuto});
      if (svg.ok()) {
        drawn += FigureHtml(*figure, *svg, said);
        continue;
      }
      problem = svg.status();
    }
    absent.push_back(absl::StrCat(EnumName(kind), ": ", problem.message()));
  }
  std::string out;
  if (!drawn.empty()) {
    out = absl::StrCat("<div class=\"figures\">\n", drawn, "</div>\n");
  }
  if (absent.empty()) return out;
  return out + Folded(absl::StrCat(Counted(std::ssize(absent), "figure"),
                                   absent.size() == 1 ? " is" : " are",
                                   " not here, and why"),
                      Sentences(absent, "absent"));
}

}  // namespace isoshape
