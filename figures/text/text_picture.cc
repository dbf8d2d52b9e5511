#include "figures/text/text_picture.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/text/one_line.h"
#include "figures/drawing/layout.h"
#include "figures/drawing/marks.h"
#include "figures/text/text_canvas.h"

namespace isoshape {
namespace {

using Series = v1::FigureSeries;

constexpr int kMinColumns = 40;
constexpr int kLetters = 10;  // colours that are told by letters at most

int Length(absl::string_view text) {
  return static_cast<int>(std::count_if(
      text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

// The range of a budget's sizes.
constexpr char kBarText[] = "▂";

const char* SymbolText(const MarkStyle& style) {
  switch (style.symbol) {
    case MarkSymbol::kDisc:
      return style.size < 1 ? "·" : "•";
    case MarkSymbol::kCircle:
      return "○";
    case MarkSymbol::kDiamond:
      return "◆";
    case MarkSymbol::kHollowDiamond:
      return "◇";
    case MarkSymbol::kSquare:
      return "■";
    case MarkSymbol::kHollowSquare:
      return "□";
    case MarkSymbol::kTriangle:
      return "▲";
    case MarkSymbol::kCross:
      return "×";
  }
  return "•";
}

const char* SampleOf(LineDash dash) {
  switch (dash) {
    case LineDash::kSolid:
      return "⠤⠤";
    case LineDash::kDotted:
      return "⠄⠄";
    case LineDash::kDashed:
      return "⠤ ⠤";
    case LineDash::kDashDot:
      return "⠤⠠⠤";
  }
  return "⠤⠤";
}

// Draws one figure.
class TextDrawing {
 public:
  TextDrawing(const v1::Figure& figure, int columns, bool colors)
      : figure_(figure),
        columns_(std::max(columns, kMinColumns)),
        colors_(colors),
        letters_(!colors && figure.color_values_size() > 1 &&
                 figure.color_values_size() <= kLetters) {}

  std::string Draw() {
    absl::StrAppend(&out_, OneLine(figure_.title(), 300), "\n");
    for (const LegendRow& row : MakeLegend(figure_)) Legend(row);
    for (const v1::FigurePanel& panel : figure_.panels()) Panel(panel);
    return std::move(out_);
  }

 private:
  // The symbol of a measured point of a colour.
  std::string Disc(const char* otherwise, int index) const {
    if (!letters_ || index < 0) return otherwise;
    return std::string(1, static_cast<char>('a' + index));
  }

  std::string SampleText(const LegendItem& item, int swatch) const {
    if (item.sample == LegendItem::kNone) return "";
    std::string sample;
    int color = item.colors.front();
    if (item.sample == LegendItem::kSwatch) {
      if (item.colors.size() > 1) {
        for (const int one : item.colors) {
          sample += TextCanvas::Colored("█", one, colors_);
        }
        return colors_ ? sample + " " : "… ";
      }
      sample = Disc("■", swatch);
    } else if (item.mark == Series::POINTS) {
      const MarkStyle style = StyleOf(item.role);
      const bool letter =
          letters_ && style.symbol == MarkSymbol::kDisc && color == kText;
      sample = letter ? "a" : SymbolText(style);
    } else if (item.mark == Series::LINE || item.mark == Series::RULE_X ||
               item.mark == Series::RULE_Y) {
      sample = SampleOf(item.dash);
    } else if (item.half_height < 0.4) {
      sample = kBarText;
    } else {
      sample = item.mark == Series::SPAN_X || item.mark == Series::SPAN_Y
                   ? "··"
                   : "░░";
    }
    return absl::StrCat(TextCanvas::Colored(sample, color, colors_), " ");
  }

  void Legend(const LegendRow& row) {
    int used = 0;
    int swatch = 0;
    for (const LegendItem& item : row) {
      const std::string sample = SampleText(item, swatch);
      if (item.sample == LegendItem::kSwatch) ++swatch;
      const int length = Length(item.text) + 4;
      if (used > 0 && used + length + 2 > columns_) {
        out_ += '\n';
        used = 0;
      }
      absl::StrAppend(&out_, used > 0 ? "  " : "", sample, item.text);
      used += length + (used > 0 ? 2 : 0);
    }
    out_ += '\n';
  }

  void Panel(const v1::FigurePanel& panel) {
    const int categories = panel.y().categories_size();
    const int rows =
        categories > 0
            ? 2 * categories + 1
            : std::clamp(columns_ / 4, 12, figure_.panels_size() > 1 ? 14 : 22);
    PanelLayout layout;
    layout.panel = &panel;
    layout.y_down = categories > 0;
    layout.y = DrawAxis(panel.y(), rows / 3);
    int room = 1;
    for (const AxisTick& tick : layout.y.ticks) {
      room = std::max(room, Length(tick.label));
    }
    room = std::min(room, columns_ / 2);
    TextCanvas canvas(columns_ - room - 2, rows);
    layout.x = DrawAxis(panel.x(), canvas.columns() / 10);
    canvas_ = &canvas;
    layout_ = &layout;
    for (const Series& series : panel.series()) Add(series);
    if (!panel.title().empty() && figure_.panels_size() > 1) {
      absl::StrAppend(&out_, "\n", OneLine(panel.title(), 100), "\n");
    }
    if (!layout.y.label.empty()) absl::StrAppend(&out_, layout.y.label, "\n");
    WriteRows(layout, canvas, room);
    WriteXAxis(layout, canvas, room);
  }

  void WriteRows(const PanelLayout& layout, const TextCanvas& canvas,
                 int room) {
    std::vector<std::string> labels(static_cast<size_t>(canvas.rows()));
    for (const AxisTick& tick : layout.y.ticks) {
      const double at = Y(tick.value);
      const int row =
          std::clamp(static_cast<int>(std::floor((1 - at) * canvas.rows())), 0,
                     canvas.rows() - 1);
      if (!tick.label.empty()) labels[static_cast<size_t>(row)] = tick.label;
    }
    for (int row = 0; row < canvas.rows(); ++row) {
      std::string label = labels[static_cast<size_t>(row)];
      if (Length(label) > room)
        label = OneLine(label, static_cast<size_t>(room));
      absl::StrAppend(
          &out_, std::string(static_cast<size_t>(room - Length(label)), ' '),
          label, label.empty() ? " │" : " ┤", canvas.Row(row, colors_), "\n");
    }
  }

  void WriteXAxis(const PanelLayout& layout, const TextCanvas& canvas,
                  int room) {
    std::vector<std::string> line(static_cast<size_t>(canvas.columns()), "─");
    std::string labels;
    int end = -1;  // last column that is taken
    for (const AxisTick& tick : layout.x.ticks) {
      const int at = std::clamp(
          static_cast<int>(layout.x.At(tick.value) * canvas.columns()), 0,
          canvas.columns() - 1);
      if (tick.label.empty()) continue;
      const int length = Length(tick.label);
      const int start = std::clamp(at - length / 2, 0,
                                   std::max(0, canvas.columns() - length));
      if (start <= end) continue;
      line[static_cast<size_t>(at)] = "┴";
      absl::StrAppend(&labels,
                      std::string(static_cast<size_t>(start - end - 1), ' '),
                      tick.label);
      end = start + length;
      labels += ' ';
    }
    const std::string margin(static_cast<size_t>(room), ' ');
    absl::StrAppend(&out_, margin, " └");
    for (const std::string& one : line) out_ += one;
    absl::StrAppend(&out_, "\n", margin, "  ",
                    absl::StripTrailingAsciiWhitespace(labels), "\n");
    const int length = Length(layout.x.label);
    if (length > 0) {
      absl::StrAppend(
          &out_,
          std::string(static_cast<size_t>(std::max(0, (columns_ - length) / 2)),
                      ' '),
          layout.x.label, "\n");
    }
  }

  double X(double value) const { return layout_->x.At(value); }
  double Y(double value) const {
    const double at = layout_->y.At(value);
    return layout_->y_down ? 1 - at : at;
  }

  void Lines(const std::vector<Polyline>& lines, int color, LineDash dash) {
    for (const Polyline& line : lines) {
      for (size_t i = 1; i < line.size(); ++i) {
        canvas_->Line(X(line[i - 1].x), Y(line[i - 1].y), X(line[i].x),
                      Y(line[i].y), color, dash);
      }
    }
  }

  void Add(const Series& series) {
    const MarkStyle style = StyleOf(series.role());
    const int color = SeriesColor(figure_, series);
    const LineDash dash = DashOf(figure_, series);
    switch (series.mark()) {
      case Series::POINTS:
        AddPoints(series, style, color);
        break;
      case Series::LINE:
        Lines(LinePieces(series), color, dash);
        break;
      case Series::RULE_X:
      case Series::RULE_Y:
        Lines(RuleLines(series, *layout_), color, dash);
        break;
      case Series::BAND:
        AddBand(series, color);
        break;
      default:
        AddBoxes(series, color);
    }
  }

  void AddPoints(const Series& series, const MarkStyle& style, int color) {
    const Whiskers whiskers = WhiskersOf(series, *layout_);
    Lines(whiskers.closed, color, LineDash::kSolid);
    Lines(whiskers.open, color, LineDash::kDashed);
    const PlacedPoints points = PointsOf(series, *layout_);
    const std::string symbol =
        style.symbol == MarkSymbol::kDisc
            ? Disc(SymbolText(style), series.has_color() ? series.color() : -1)
            : SymbolText(style);
    for (const PlacedPoint& at : points.inside) {
      canvas_->Symbol(X(at.x), Y(at.y), symbol, color);
    }
    for (const PlacedPoint& at : points.at_edge) {
      canvas_->Symbol(X(at.x), Y(at.y), "×", color);
    }
    if (!series.write_labels()) return;
    const int count =
        std::min({series.labels_size(), series.x_size(), series.y_size()});
    for (int i = 0; i < count; ++i) {
      const double x = X(series.x(i));
      const double y = Y(series.y(i));
      const std::string text = OneLine(series.labels(i), 60);
      if (!std::isfinite(x + y) || text.empty()) continue;
      // Beside the mark, on the side with more room.
      const double step = 2.0 / canvas_->columns();
      const double width =
          static_cast<double>(Length(text)) / canvas_->columns();
      canvas_->Text(x + step + width <= 1 ? x + step : x - width - step, y,
                    text, color, false);
    }
  }

  void AddBand(const Series& series, int color) {
    for (const auto& piece : BandPieces(series, *layout_)) {
      for (size_t i = 1; i < piece.size(); ++i) {
        const double left = X(piece[i - 1].x);
        const double right = X(piece[i].x);
        const int steps = std::max(
            1,
            static_cast<int>(std::ceil((right - left) * canvas_->columns())));
        for (int step = 0; step < steps; ++step) {
          const double share = (step + 0.5) / steps;
          const auto between = [share](double a, double b) {
            return a + (b - a) * share;
          };
          const double x = between(left, right);
          canvas_->Fill(x, between(Y(piece[i - 1].lower), Y(piece[i].lower)), x,
                        between(Y(piece[i - 1].upper), Y(piece[i].upper)), "░",
                        color);
        }
      }
    }
  }

  void AddBoxes(const Series& series, int color) {
    constexpr std::array<const char*, 4> kShades = {"█", "▓", "▒", "░"};
    const std::vector<PlacedBox> boxes = BoxesOf(series, *layout_);
    for (const PlacedBox& box : boxes) {
      // A stripe is as large as the picture; a shade would hide the rest.
      const char* shade = IsBar(series)                    ? kBarText
                          : series.mark() == Series::CELLS ? "░"
                                                           : "·";
      if (series.role() == Series::INFEASIBLE) shade = "╱";
      if (box.heat) {
        const auto level =
            static_cast<size_t>((*box.heat - kHeat) * 4 / kHeatLevels);
        shade = colors_ ? "█" : kShades[std::min<size_t>(level, 3)];
      }
      // A little less than to the end, which is the beginning of the next.
      const double right = 0.5 / canvas_->columns();
      const double top = 0.5 / canvas_->rows();
      const double y1 = std::min(Y(box.y_lower), Y(box.y_upper));
      const double y2 = std::max(Y(box.y_lower), Y(box.y_upper));
      canvas_->Fill(X(box.x_lower), y1, X(box.x_upper) - right, y2 - top, shade,
                    box.heat.value_or(color));
    }
    if (!series.write_labels()) return;
    const int count = std::min({series.labels_size(), series.x_lower_size(),
                                series.x_upper_size(), series.y_lower_size(),
                                series.y_upper_size()});
    for (int i = 0; i < count; ++i) {
      const double x = (X(series.x_lower(i)) + X(series.x_upper(i))) / 2;
      const double y = (Y(series.y_lower(i)) + Y(series.y_upper(i))) / 2;
      if (std::isfinite(x + y)) {
        canvas_->Text(x, y, OneLine(series.labels(i), 20), kText, true);
      }
    }
  }

  const v1::Figure& figure_;
  const int columns_;
  const bool colors_;
  const bool letters_;
  TextCanvas* canvas_ = nullptr;
  PanelLayout* layout_ = nullptr;
  std::string out_;
};

}  // namespace

std::string TextPicture(const v1::Figure& figure, int columns, bool colors) {
  return TextDrawing(figure, columns, colors).Draw();
}

}  // namespace isoshape
