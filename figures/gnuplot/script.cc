#include "figures/gnuplot/script.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "figures/gnuplot/gnuplot_text.h"
#include "figures/gnuplot/series_script.h"

namespace isoshape {
namespace {

// Writes one figure.
class ScriptWriter {
 public:
  ScriptWriter(const v1::Figure& figure, const FigureLayout& layout,
               const ScriptInks& inks)
      : figure_(figure), layout_(layout), inks_(inks) {}

  std::string Write() {
    out_ = absl::StrCat(
        "set encoding utf8\nset key off\nset samples 2\n"
        "set style textbox opaque noborder margins 0.4,0.3 fillcolor rgb '",
        inks_.hex(kBackground), "'\nset multiplot\n");
    Page();
    for (size_t i = 0; i < layout_.panels.size(); ++i) {
      Panel(layout_.panels[i], absl::StrCat("p", i + 1, "_"));
      // What is drawn on the page is drawn once.
      if (i == 0) out_ += "unset arrow\nunset object\n";
    }
    if (layout_.panels.empty()) {
      out_ += "unset border\nunset tics\nplot [0:1] [0:1] NaN\n";
    }
    out_ += "unset multiplot\n";
    return std::move(out_);
  }

 private:
  std::string Screen(double x, double y) const {
    return absl::StrFormat("screen %.5f,%.5f", x / layout_.width,
                           1 - y / layout_.height);
  }
  std::string TextColor(int color) const {
    return absl::StrCat("textcolor rgb '", inks_.hex(color), "'");
  }
  std::string Font(bool bold, double factor = 1) const {
    return absl::StrFormat("font '%s%s,%.4g'", inks_.font,
                           bold ? inks_.bold : "",
                           layout_.font * factor * inks_.font_unit);
  }
  void Label(double x, double y, const std::string& text,
             const std::string& how) {
    absl::StrAppend(&out_, "set label ", GnuplotQuoted(text), " at ",
                    Screen(x, y), " ", how, "\n");
  }

  // Title and legend.
  void Page() {
    const double font = layout_.font;
    double y = 0.6 * font + 0.7 * font;
    for (const std::string& line : layout_.title) {
      Label(0.6 * font, y, line,
            absl::StrCat("left ", Font(true, 1.1), " ", TextColor(kText)));
      y += 1.4 * font;
    }
    for (const LegendRow& row : layout_.legend) {
      for (const LegendItem& item : row) Item(item);
    }
  }

  void Rectangle(double left, double right, double top, double bottom,
                 int color, double opacity) {
    absl::StrAppendFormat(
        &out_,
        "set object rectangle from %s to %s fillcolor rgb '%s' fillstyle %s "
        "noborder\n",
        Screen(left, bottom), Screen(right, top), inks_.hex(color),
        opacity < 1 ? absl::StrFormat("transparent solid %.3g", opacity)
                    : "solid");
  }

  void Item(const LegendItem& item) {
    const double font = layout_.font;
    const double width = SampleWidth(item, font);
    if (item.sample == LegendItem::kSwatch) {
      double x = item.x;
      for (const int color : item.colors) {
        Rectangle(x, x + 0.9 * font, item.y - 0.4 * font, item.y + 0.4 * font,
                  color, 1);
        x += 0.9 * font;
      }
    } else if (item.sample == LegendItem::kMark) {
      Sample(item, width);
    }
    Label(item.x + width + (width > 0 ? 0.4 * font : 0), item.y, item.text,
          absl::StrCat("left ", TextColor(kText)));
  }

  void Sample(const LegendItem& item, double width) {
    const double font = layout_.font;
    const MarkStyle style = StyleOf(item.role);
    const int color = item.colors.front();
    switch (item.mark) {
      case v1::FigureSeries::POINTS:
        absl::StrAppendFormat(
            &out_,
            "set label '' at %s point pt %d ps %.3g lw 0.9 lc rgb '%s'\n",
            Screen(item.x + width / 2, item.y), PointType(style.symbol),
            style.size * inks_.symbol_unit, inks_.hex(color));
        break;
      case v1::FigureSeries::LINE:
      case v1::FigureSeries::RULE_X:
      case v1::FigureSeries::RULE_Y:
        absl::StrAppendFormat(
            &out_, "set arrow from %s to %s nohead lw %.3g %s lc rgb '%s'\n",
            Screen(item.x, item.y), Screen(item.x + width, item.y),
            style.line_width, DashType(item.dash), inks_.hex(color));
        break;
      default:
        Rectangle(item.x, item.x + width, item.y - item.half_height * font,
                  item.y + item.half_height * font, color,
                  std::max(0.25, style.opacity));
    }
  }

  void Axis(const char* name, const DrawnAxis& axis, bool down) {
    const auto number = [&](double value) {
      return GnuplotNumber(value, 9, axis.min, axis.max);
    };
    absl::StrAppendFormat(&out_, "%s logscale %s\n", axis.log ? "set" : "unset",
                          name);
    // A little room, as a tick at the very end of a log axis is left out.
    const double low = axis.log ? axis.min * (1 - 1e-7) : axis.min;
    const double high = axis.log ? axis.max * (1 + 1e-7) : axis.max;
    absl::StrAppendFormat(&out_, "set %srange [%s:%s]\n", name,
                          number(down ? high : low), number(down ? low : high));
    if (axis.log) absl::StrAppendFormat(&out_, "set logscale %s\n", name);
    std::vector<std::string> ticks;
    for (const AxisTick& tick : axis.ticks) {
      ticks.push_back(absl::StrFormat("%s %s %d", GnuplotTickText(tick.label),
                                      number(tick.value), tick.minor ? 1 : 0));
    }
    absl::StrAppendFormat(&out_,
                          "set %stics out nomirror scale 0.5,0.25 offset %s %s "
                          "(%s)\n",
                          name, *name == 'x' ? "0,0.4" : "0.6,0",
                          TextColor(kMuted), absl::StrJoin(ticks, ", "));
  }

  void Panel(const PanelLayout& panel, const std::string& prefix) {
    absl::StrAppendFormat(
        &out_,
        "set lmargin at screen %.5f\nset rmargin at screen %.5f\n"
        "set tmargin at screen %.5f\nset bmargin at screen %.5f\n",
        panel.left / layout_.width, panel.right / layout_.width,
        1 - panel.top / layout_.height, 1 - panel.bottom / layout_.height);
    absl::StrAppendFormat(&out_, "set border 3 lw 0.8 lc rgb '%s'\n",
                          inks_.hex(kMuted));
    Axis("x", panel.x, false);
    Axis("y", panel.y, panel.y_down);
    absl::StrAppendFormat(
        &out_,
        "set grid xtics ytics back lt 1 lw 0.6 dashtype solid lc "
        "rgb '%s'\n",
        inks_.hex(kGrid));
    if (!panel.x_label.empty()) {
      Label((panel.left + panel.right) / 2, panel.x_label_y, panel.x_label,
            absl::StrCat("center ", TextColor(kText)));
    }
    if (!panel.y_label.empty()) {
      Label(panel.y_label_x, (panel.top + panel.bottom) / 2, panel.y_label,
            absl::StrCat("center rotate by 90 ", TextColor(kText)));
    }
    if (!panel.title.empty()) {
      Label((panel.left + panel.right) / 2, panel.top - 0.75 * layout_.font,
            panel.title,
            absl::StrCat("center ", Font(true), " ", TextColor(kText)));
    }
    for (const PanelLayout::Label& label : panel.labels) {
      Label(label.x, label.y, label.text,
            absl::StrCat("left front ", label.on_line ? "boxed " : "",
                         Font(false, 0.9), " ", TextColor(label.color)));
    }
    const PanelPlot plot = PlotPanel(figure_, panel, inks_, prefix);
    absl::StrAppend(&out_, plot.blocks, "plot ",
                    plot.elements.empty()
                        ? "NaN"
                        : absl::StrJoin(plot.elements, ", \\\n  "),
                    "\n");
    out_ += "unset label\n";
  }

  const v1::Figure& figure_;
  const FigureLayout& layout_;
  const ScriptInks& inks_;
  std::string out_;
};

}  // namespace

std::string FigureScript(const v1::Figure& figure, const FigureLayout& layout,
                         const ScriptInks& inks) {
  return ScriptWriter(figure, layout, inks).Write();
}

}  // namespace isoshape
