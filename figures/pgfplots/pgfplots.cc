#include "figures/pgfplots/pgfplots.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "common/text/one_line.h"
#include "figures/drawing/marks.h"

namespace isoshape {
namespace {

using Series = v1::FigureSeries;

const char* MarkName(MarkSymbol symbol) {
  switch (symbol) {
    case MarkSymbol::kDisc:
      return "*";
    case MarkSymbol::kCircle:
      return "o";
    case MarkSymbol::kDiamond:
      return "diamond*";
    case MarkSymbol::kHollowDiamond:
      return "diamond";
    case MarkSymbol::kSquare:
      return "square*";
    case MarkSymbol::kHollowSquare:
      return "square";
    case MarkSymbol::kTriangle:
      return "triangle*";
    case MarkSymbol::kCross:
      return "x";
  }
  return "*";
}

const char* DashName(LineDash dash) {
  switch (dash) {
    case LineDash::kSolid:
      return "solid";
    case LineDash::kDashed:
      return "dashed";
    case LineDash::kDotted:
      return "densely dotted";
    case LineDash::kDashDot:
      return "dash dot";
  }
  return "solid";
}

// What TeX's numbers of five digits cannot tell apart, such as seconds since
// 1970, is drawn from 0.
double Origin(const DrawnAxis& axis) {
  const double span = axis.max - axis.min;
  return !axis.log && std::abs(axis.min) > 1000 * span ? axis.min : 0;
}

// Places of a panel.
std::string Points(const Polyline& line, const PanelLayout& panel) {
  const double x = Origin(panel.x);
  const double y = Origin(panel.y);
  std::string out = "{";
  for (const PlacedPoint& at : line) {
    absl::StrAppendFormat(&out, " (%.7g,%.7g)", at.x - x, at.y - y);
  }
  return out + " }";
}

class TexWriter {
 public:
  TexWriter(const v1::Figure& figure, const FigureLayout& layout,
            FigureTheme theme)
      : figure_(figure), layout_(layout), theme_(theme) {}

  std::string Write() {
    std::string body;
    std::swap(body, out_);
    Page();
    for (const PanelLayout& panel : layout_.panels) Panel(panel);
    std::swap(body, out_);
    Head();
    absl::StrAppend(&out_, body, "\\end{tikzpicture}%\n\\endgroup\n");
    return std::move(out_);
  }

 private:
  void Head() {
    absl::StrAppend(&out_, "% ", OneLine(figure_.title()), "\n% ",
                    OneLine(figure_.sentence(), 4000), "\n");
    for (const std::string& warning : figure_.warnings()) {
      absl::StrAppend(&out_, "% warning: ", OneLine(warning), "\n");
    }
    absl::StrAppend(&out_,
                    "% In the preamble: \\usepackage{pgfplots} "
                    "\\pgfplotsset{compat=1.16}\n\\begingroup\n");
    for (const int color : colors_) {
      absl::StrAppend(&out_, "\\definecolor{", Name(color), "}{HTML}{",
                      absl::AsciiStrToUpper(ColorHex(color, theme_).substr(1)),
                      "}\n");
    }
    absl::StrAppendFormat(
        &out_,
        "\\begin{tikzpicture}[font=\\fontsize{%.3g}{%.3g}"
        "\\selectfont]\n\\useasboundingbox (0,0) rectangle (%.2fbp,%.2fbp);\n",
        layout_.font, 1.2 * layout_.font, layout_.width, layout_.height);
  }

  static std::string Name(int color) {
    return absl::StrCat(
        "fig",
        absl::StrReplaceAll(ColorVariable(color).substr(6), {{"-", ""}}));
  }
  std::string Ink(int color) {
    colors_.insert(color);
    return Name(color);
  }
  std::string Place(double x, double y) const {
    return absl::StrFormat("(%.2fbp,%.2fbp)", x, layout_.height - y);
  }

  void Node(double x, double y, const std::string& text,
            const std::string& how) {
    absl::StrAppend(&out_, "\\node[inner sep=0pt,", how, "] at ", Place(x, y),
                    " {", TexText(text), "};\n");
  }

  void Page() {
    if (theme_ == FigureTheme::kDark) {
      absl::StrAppend(&out_, "\\fill[", Ink(kBackground), "] ", Place(0, 0),
                      " rectangle ", Place(layout_.width, layout_.height),
                      ";\n");
    }
    const double font = layout_.font;
    double y = 1.3 * font;
    for (const std::string& line : layout_.title) {
      Node(0.6 * font, y, line,
           absl::StrCat("anchor=west,font=\\bfseries,text=", Ink(kText)));
      y += 1.4 * font;
    }
    for (const LegendRow& row : layout_.legend) {
      for (const LegendItem& item : row) Item(item);
    }
  }

  void Item(const LegendItem& item) {
    const double font = layout_.font;
    const double width = SampleWidth(item, font);
    double x = item.x;
    if (item.sample == LegendItem::kSwatch) {
      for (const int color : item.colors) {
        absl::StrAppend(&out_, "\\fill[", Ink(color), "] ",
                        Place(x, item.y - 0.4 * font), " rectangle ",
                        Place(x + 0.9 * font, item.y + 0.4 * font), ";\n");
        x += 0.9 * font;
      }
    } else if (item.sample == LegendItem::kMark) {
      Sample(item, width);
    }
    Node(item.x + width + (width > 0 ? 0.4 * font : 0), item.y, item.text,
         absl::StrCat("anchor=west,text=", Ink(kText)));
  }

  void Sample(const LegendItem& item, double width) {
    const MarkStyle style = StyleOf(item.role);
    const double font = layout_.font;
    const std::string ink = Ink(item.colors.front());
    switch (item.mark) {
      case Series::POINTS:
        absl::StrAppendFormat(
            &out_,
            "\\path plot[only marks,mark=%s,mark size=%.2fbp,mark "
            "options={%s}] coordinates {%s};\n",
            MarkName(style.symbol), 1.7 * style.size, ink,
            Place(item.x + width / 2, item.y));
        break;
      case Series::LINE:
      case Series::RULE_X:
      case Series::RULE_Y:
        absl::StrAppendFormat(
            &out_, "\\draw[%s,%s,line width=%.2fbp] %s -- %s;\n", ink,
            DashName(item.dash), style.line_width, Place(item.x, item.y),
            Place(item.x + width, item.y));
        break;
      default:
        absl::StrAppendFormat(
            &out_, "\\fill[%s,opacity=%.2f] %s rectangle %s;\n", ink,
            std::max(0.25, style.opacity),
            Place(item.x, item.y - item.half_height * font),
            Place(item.x + width, item.y + item.half_height * font));
    }
  }

  static std::string AxisOptions(const char* name, const DrawnAxis& axis,
                                 bool down) {
    const double origin = Origin(axis);
    std::vector<std::string> at, texts, minor;
    for (const AxisTick& tick : axis.ticks) {
      const std::string value = absl::StrFormat("%.9g", tick.value - origin);
      if (tick.minor) {
        minor.push_back(value);
      } else {
        at.push_back(value);
        texts.push_back(absl::StrCat("{", TexText(tick.label), "}"));
      }
    }
    return absl::StrFormat(
        "  %smode=%s,%smin=%.9g,%smax=%.9g,%s\n  %stick={%s},\n  "
        "%sticklabels={%s},\n  minor %stick={%s},\n",
        name, axis.log ? "log" : "linear", name, axis.min - origin, name,
        axis.max - origin, down ? absl::StrCat(name, " dir=reverse,") : "",
        name, absl::StrJoin(at, ","), name, absl::StrJoin(texts, ","), name,
        absl::StrJoin(minor, ","));
  }

  void Panel(const PanelLayout& panel) {
    absl::StrAppendFormat(
        &out_,
        "\\begin{axis}[at={%s},anchor=south west,scale only axis,"
        "width=%.2fbp,height=%.2fbp,\n  axis lines*=left,axis on top=false,"
        "clip mode=individual,tick align=outside,enlargelimits=false,\n"
        "  grid=major,grid style={%s,line width=0.5bp},axis line style={%s},"
        "tick style={%s},\n  tick label style={text=%s},scaled "
        "ticks=false,\n",
        Place(panel.left, panel.bottom), panel.right - panel.left,
        panel.bottom - panel.top, Ink(kGrid), Ink(kMuted), Ink(kMuted),
        Ink(kMuted));
    absl::StrAppend(&out_, AxisOptions("x", panel.x, false),
                    AxisOptions("y", panel.y, panel.y_down), "]\n");
    for (const Series& series : panel.panel->series()) Draw(series, panel);
    out_ += "\\end{axis}\n";
    if (!panel.x_label.empty()) {
      Node((panel.left + panel.right) / 2, panel.x_label_y, panel.x_label,
           absl::StrCat("text=", Ink(kText)));
    }
    if (!panel.y_label.empty()) {
      Node(panel.y_label_x, (panel.top + panel.bottom) / 2, panel.y_label,
           absl::StrCat("rotate=90,text=", Ink(kText)));
    }
    if (!panel.title.empty()) {
      Node((panel.left + panel.right) / 2, panel.top - 0.75 * layout_.font,
           panel.title, absl::StrCat("font=\\bfseries,text=", Ink(kText)));
    }
    for (const PanelLayout::Label& label : panel.labels) {
      Node(label.x, label.y, label.text,
           absl::StrCat("anchor=west,text=", Ink(label.color),
                        label.on_line ? absl::StrCat(",inner sep=1pt,fill=",
                                                     Ink(kBackground))
                                      : ""));
    }
  }

  void Plot(const std::string& how, const std::string& points,
            const char* end = "") {
    absl::StrAppend(&out_, "\\addplot[", how, "] coordinates ", points, end,
                    ";\n");
  }

  void Lines(const std::vector<Polyline>& lines, const PanelLayout& panel,
             const std::string& how) {
    for (const Polyline& line : lines) {
      Plot(absl::StrCat("no marks,", how), Points(line, panel));
    }
  }

  void Draw(const Series& series, const PanelLayout& panel) {
    const MarkStyle style = StyleOf(series.role());
    const std::string ink = Ink(SeriesColor(figure_, series));
    const std::string line =
        absl::StrFormat("%s,%s,line width=%.2fbp", ink,
                        DashName(DashOf(figure_, series)), style.line_width);
    switch (series.mark()) {
      case Series::POINTS:
        DrawPoints(series, panel, style, ink);
        break;
      case Series::LINE:
        Lines(LinePieces(series), panel, line);
        break;
      case Series::RULE_X:
      case Series::RULE_Y:
        Lines(RuleLines(series, panel), panel, line);
        break;
      case Series::BAND:
        for (const auto& piece : BandPieces(series, panel)) {
          Polyline outline;
          for (const BandPoint& at : piece) outline.push_back({at.x, at.upper});
          for (auto at = piece.rbegin(); at != piece.rend(); ++at) {
            outline.push_back({at->x, at->lower});
          }
          Area(outline, panel, ink, AreaOpacity(series));
        }
        break;
      default:
        for (const PlacedBox& box : BoxesOf(series, panel)) {
          Area({{box.x_lower, box.y_lower},
                {box.x_upper, box.y_lower},
                {box.x_upper, box.y_upper},
                {box.x_lower, box.y_upper}},
               panel, box.heat ? Ink(*box.heat) : ink,
               box.heat ? (series.role() == Series::FIT ? 0.6 : 1)
                        : AreaOpacity(series));
        }
    }
  }

  void Area(const Polyline& outline, const PanelLayout& panel,
            const std::string& ink, double opacity) {
    Plot(absl::StrFormat("no marks,draw=none,fill=%s,fill opacity=%.2f", ink,
                         opacity),
         Points(outline, panel), " -- cycle");
  }

  void DrawPoints(const Series& series, const PanelLayout& panel,
                  const MarkStyle& style, const std::string& ink) {
    const Whiskers whiskers = WhiskersOf(series, panel);
    Lines(whiskers.closed, panel, absl::StrCat(ink, ",line width=0.9bp"));
    Lines(whiskers.open, panel, absl::StrCat(ink, ",line width=0.9bp,-latex"));
    const PlacedPoints points = PointsOf(series, panel);
    const auto marks = [&](const std::vector<PlacedPoint>& places,
                           const char* mark, double size) {
      if (places.empty()) return;
      Plot(absl::StrFormat("only marks,mark=%s,mark size=%.2fbp,%s", mark,
                           1.7 * size, ink),
           Points(places, panel));
    };
    marks(points.inside, MarkName(style.symbol), style.size);
    marks(points.at_edge, MarkName(MarkSymbol::kCross), 1.4);
  }

  const v1::Figure& figure_;
  const FigureLayout& layout_;
  const FigureTheme theme_;
  std::set<int> colors_;  // that are used
  std::string out_;
};

}  // namespace

std::string PgfplotsFigure(const v1::Figure& figure, const FigureLayout& layout,
                           FigureTheme theme) {
  return TexWriter(figure, layout, theme).Write();
}

}  // namespace isoshape
