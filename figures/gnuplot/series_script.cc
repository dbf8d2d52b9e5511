#include "figures/gnuplot/series_script.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "figures/drawing/marks.h"
#include "figures/gnuplot/gnuplot_text.h"

namespace isoshape {
namespace {

using Series = v1::FigureSeries;

// Writes the series of one panel.
class SeriesWriter {
 public:
  SeriesWriter(const v1::Figure& figure, const PanelLayout& panel,
               const ScriptInks& inks, std::string prefix)
      : figure_(figure),
        panel_(panel),
        inks_(inks),
        prefix_(std::move(prefix)) {}

  void Add(const Series& series) {
    MarkStyle style = StyleOf(series.role());
    style.dash = DashOf(figure_, series);
    color_ = SeriesColor(figure_, series);
    switch (series.mark()) {
      case Series::POINTS:
        AddPoints(series, style);
        break;
      case Series::LINE:
        AddLines(LinePieces(series), style);
        break;
      case Series::RULE_X:
      case Series::RULE_Y:
        AddLines(RuleLines(series, panel_), style);
        break;
      case Series::BAND:
        AddBand(series);
        break;
      case Series::SPAN_X:
      case Series::SPAN_Y:
      case Series::CELLS:
        AddBoxes(series);
        break;
      default:
        break;
    }
  }

  PanelPlot Take() { return std::move(plot_); }

 private:
  // With the digits that times along x need.
  std::string Row(const std::vector<double>& values) const {
    return absl::StrCat(
        absl::StrJoin(values, " ",
                      [&](std::string* out, double value) {
                        absl::StrAppend(out,
                                        GnuplotNumber(value, 10, panel_.x.min,
                                                      panel_.x.max));
                      }),
        "\n");
  }

  // Adds a data block, and an element that draws it; nothing of no rows.
  void Draw(const std::string& rows, const std::string& how) {
    if (rows.empty()) return;
    const std::string name =
        absl::StrCat("$", prefix_, plot_.elements.size() + 1);
    absl::StrAppend(&plot_.blocks, name, " << EOD\n", rows, "EOD\n");
    plot_.elements.push_back(absl::StrCat(name, " ", how));
  }

  std::string Ink(int color) const {
    return absl::StrCat("lc rgb '", inks_.hex(color), "'");
  }

  void AddLines(const std::vector<Polyline>& lines, const MarkStyle& style) {
    std::string rows;
    for (const Polyline& line : lines) {
      if (!rows.empty()) rows += '\n';
      for (const PlacedPoint& at : line) rows += Row({at.x, at.y});
    }
    Draw(rows,
         absl::StrFormat("using 1:2 with lines lw %.3g %s %s", style.line_width,
                         DashType(style.dash), Ink(color_)));
  }

  void AddPoints(const Series& series, const MarkStyle& style) {
    const Whiskers whiskers = WhiskersOf(series, panel_);
    MarkStyle thin = style;
    thin.line_width = 0.9;
    thin.dash = LineDash::kSolid;
    AddLines(whiskers.closed, thin);
    std::string arrows;
    for (const Polyline& line : whiskers.open) {
      arrows += Row(
          {line[0].x, line[0].y, line[1].x - line[0].x, line[1].y - line[0].y});
    }
    Draw(arrows,
         absl::StrFormat("using 1:2:3:4 with vectors head filled size screen "
                         "0.008,20 lw 0.9 %s",
                         Ink(color_)));
    const PlacedPoints points = PointsOf(series, panel_);
    std::string rows, beyond;
    for (const PlacedPoint& at : points.inside) rows += Row({at.x, at.y});
    for (const PlacedPoint& at : points.at_edge) beyond += Row({at.x, at.y});
    DrawSymbols(rows, style);
    MarkStyle cross = style;
    cross.symbol = MarkSymbol::kCross;
    cross.size = 1.4;
    DrawSymbols(beyond, cross);
  }

  void DrawSymbols(const std::string& rows, const MarkStyle& style) {
    Draw(rows,
         absl::StrFormat("using 1:2 with points pt %d ps %.3g lw %.3g %s",
                         PointType(style.symbol),
                         style.size * inks_.symbol_unit, 0.9, Ink(color_)));
  }

  void AddBand(const Series& series) {
    std::string rows;
    for (const auto& piece : BandPieces(series, panel_)) {
      if (!rows.empty()) rows += '\n';
      for (const BandPoint& at : piece) rows += Row({at.x, at.lower, at.upper});
    }
    Draw(rows, absl::StrFormat("using 1:2:3 with filledcurves %s fillstyle "
                               "transparent solid %.3g noborder",
                               Ink(color_), AreaOpacity(series)));
  }

  void AddBoxes(const Series& series) {
    const std::vector<PlacedBox> boxes = BoxesOf(series, panel_);
    std::string plain, heat, crossed;
    for (const PlacedBox& box : boxes) {
      const std::vector<double> corners = {(box.x_lower + box.x_upper) / 2,
                                           (box.y_lower + box.y_upper) / 2,
                                           box.x_lower,
                                           box.x_upper,
                                           box.y_lower,
                                           box.y_upper};
      if (box.heat) {
        std::string row = Row(corners);
        row.pop_back();
        const std::string hex = inks_.hex(*box.heat);
        absl::StrAppend(&heat, row, " ",
                        std::strtol(hex.c_str() + 1, nullptr, 16), "\n");
      } else {
        plain += Row(corners);
      }
      if (series.role() == Series::INFEASIBLE) {
        if (!crossed.empty()) crossed += '\n';
        crossed += Row({box.x_lower, box.y_lower});
        crossed += Row({box.x_upper, box.y_upper});
      }
    }
    Draw(plain, absl::StrFormat("using 1:2:3:4:5:6 with boxxyerror %s "
                                "fillstyle transparent solid %.3g noborder",
                                Ink(color_), AreaOpacity(series)));
    Draw(heat,
         absl::StrFormat(
             "using 1:2:3:4:5:6:7 with boxxyerror lc rgb variable "
             "fillstyle %s noborder",
             series.role() == Series::FIT ? "transparent solid 0.6" : "solid"));
    Draw(crossed,
         absl::StrFormat("using 1:2 with lines lw 0.6 %s", Ink(color_)));
  }

  const v1::Figure& figure_;
  const PanelLayout& panel_;
  const ScriptInks& inks_;
  const std::string prefix_;
  int color_ = kMain;
  PanelPlot plot_;
};

}  // namespace

int PointType(MarkSymbol symbol) {
  switch (symbol) {
    case MarkSymbol::kDisc:
      return 7;
    case MarkSymbol::kCircle:
      return 6;
    case MarkSymbol::kDiamond:
      return 13;
    case MarkSymbol::kHollowDiamond:
      return 12;
    case MarkSymbol::kSquare:
      return 5;
    case MarkSymbol::kHollowSquare:
      return 4;
    case MarkSymbol::kTriangle:
      return 9;
    case MarkSymbol::kCross:
      return 2;
  }
  return 7;
}

std::string DashType(LineDash dash) {
  switch (dash) {
    case LineDash::kSolid:
      return "dashtype solid";
    case LineDash::kDashed:
      return "dashtype (8,5)";
    case LineDash::kDotted:
      return "dashtype (2,4)";
    case LineDash::kDashDot:
      return "dashtype (9,4,2,4)";
  }
  return "";
}

PanelPlot PlotPanel(const v1::Figure& figure, const PanelLayout& panel,
                    const ScriptInks& inks, const std::string& prefix) {
  SeriesWriter writer(figure, panel, inks, prefix);
  for (const Series& series : panel.panel->series()) writer.Add(series);
  return writer.Take();
}

}  // namespace isoshape
