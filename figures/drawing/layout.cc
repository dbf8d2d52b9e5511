#include "figures/drawing/layout.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <utility>

#include "common/text/one_line.h"
#include "figures/drawing/text_width.h"

namespace isoshape {
namespace {

constexpr double kPointsPerMm = 72 / 25.4;
// Narrower panels are put in further rows.
constexpr double kMinPanelMm = 52;
constexpr double kMinMixedMm = 75;  // of those that share no vertical axis
constexpr double kTitleLine = 1.4;  // fonts

// How the panels are put in rows.
struct Grid {
  int columns = 1;
  int rows = 1;
};

Grid GridOf(const v1::Figure& figure, double width_mm) {
  Grid grid;
  const int panels = figure.panels_size();
  const bool alike =
      std::all_of(figure.panels().begin(), figure.panels().end(),
                  [&](const v1::FigurePanel& panel) {
                    return panel.y().label() == figure.panels(0).y().label() &&
                           panel.y().categories_size() == 0;
                  });
  const int fit = std::max(
      1, static_cast<int>(width_mm / (alike ? kMinPanelMm : kMinMixedMm)));
  grid.rows = (panels + fit - 1) / std::max(1, fit);
  grid.rows = std::max(grid.rows, 1);
  grid.columns = std::max(1, (panels + grid.rows - 1) / grid.rows);
  return grid;
}

double LongestLabel(const DrawnAxis& axis) {
  double longest = 0;
  for (const AxisTick& tick : axis.ticks) {
    longest = std::max(longest, TextWidth(tick.label));
  }
  return longest;
}

// A rectangle that labels must not cover.
struct Covered {
  double left, right, top, bottom;
  const v1::FigureSeries* by = nullptr;  // if it is a mark

  double Overlap(const Covered& other) const {
    const double width =
        std::min(right, other.right) - std::max(left, other.left);
    const double height =
        std::min(bottom, other.bottom) - std::max(top, other.top);
    return width > 0 && height > 0 ? width * height : 0;
  }
};

// Each label goes beside its mark to the place, of eight, where it covers least
// of the labels and the marks.
class LabelPlacer {
 public:
  LabelPlacer(PanelLayout& layout, double font)
      : layout_(layout), font_(font), heat_(HeatRangeOf(*layout.panel)) {
    const double mark = 0.35 * font;
    for (const v1::FigureSeries& series : layout.panel->series()) {
      if (series.mark() != v1::FigureSeries::POINTS &&
          series.mark() != v1::FigureSeries::LINE) {
        continue;
      }
      const int count = std::min(series.x_size(), series.y_size());
      for (int i = 0; i < std::min(count, kMaxAvoided); ++i) {
        const double x = layout.PageX(series.x(i));
        const double y = layout.PageY(series.y(i));
        covered_.push_back({x - mark, x + mark, y - mark, y + mark, &series});
      }
    }
  }

  void Place(const v1::FigureSeries& series) {
    for (int i = 0; i < series.labels_size(); ++i) {
      const std::string text =
          ShortenText(OneLine(series.labels(i), 120),
                      0.8 * (layout_.right - layout_.left) / font_);
      if (text.empty()) continue;
      if (series.mark() == v1::FigureSeries::CELLS) {
        PlaceInCell(series, i, text);
      } else if (series.mark() == v1::FigureSeries::LINE && i > 0 &&
                 i + 1 < std::min(series.x_size(), series.y_size())) {
        PlaceOnLine(series, i, text);
      } else if (i < series.x_size() && i < series.y_size() &&
                 layout_.x.Holds(series.x(i)) && layout_.y.Holds(series.y(i))) {
        PlaceBeside(layout_.PageX(series.x(i)), layout_.PageY(series.y(i)),
                    text);
      }
    }
  }

 private:
  static constexpr int kMaxAvoided = 400;  // marks of a series

  void PlaceInCell(const v1::FigureSeries& series, int i,
                   const std::string& text) {
    if (i >= series.x_lower_size() || i >= series.x_upper_size() ||
        i >= series.y_lower_size() || i >= series.y_upper_size()) {
      return;
    }
    // What its cell does not hold would run into the next one.
    if (TextWidth(text) * 0.8 * font_ >
        std::abs(layout_.PageX(series.x_upper(i)) -
                 layout_.PageX(series.x_lower(i)))) {
      return;
    }
    PanelLayout::Label label = {.text = text};
    label.x = (layout_.PageX(series.x_lower(i)) +
               layout_.PageX(series.x_upper(i)) - TextWidth(text) * font_) /
              2;
    label.y =
        (layout_.PageY(series.y_lower(i)) + layout_.PageY(series.y_upper(i))) /
        2;
    const std::optional<int> color = heat_ && i < series.z_size()
                                         ? heat_->ColorOf(series.z(i))
                                         : std::nullopt;
    // The ends of the scale that are far from the ground of the page.
    if (color && *color < kHeat + (kHeatLevels * 6) / 10) {
      label.color = kBackground;
    }
    if (std::isfinite(label.x) && std::isfinite(label.y)) {
      layout_.labels.push_back(label);
    }
  }

  // The text of an inner point stands on its line, there or at another place
  // where it covers less: beside it, it might be the next line's.
  void PlaceOnLine(const v1::FigureSeries& series, int wanted,
                   const std::string& text) {
    const double width = TextWidth(text) * font_;
    const int count = std::min(series.x_size(), series.y_size());
    double least = INFINITY;
    Covered taken = {};
    for (int i = 1; i + 1 < count; ++i) {
      if (!layout_.x.Holds(series.x(i)) || !layout_.y.Holds(series.y(i))) {
        continue;
      }
      const double x = layout_.PageX(series.x(i));
      const double y = layout_.PageY(series.y(i));
      const Covered box = {x - width / 2, x + width / 2, y - 0.55 * font_,
                           y + 0.55 * font_};
      // A little for each place away from the one that is wanted.
      const double far = static_cast<double>(std::abs(i - wanted)) / count;
      double cost = 0.2 * far * width * font_ + Outside(box, width);
      for (const Covered& other : covered_) {
        if (other.by != &series) cost += box.Overlap(other);
      }
      if (cost >= least) continue;
      least = cost;
      taken = box;
    }
    if (!std::isfinite(least)) return;
    layout_.labels.push_back({.text = text,
                              .x = taken.left,
                              .y = (taken.top + taken.bottom) / 2,
                              .on_line = true});
    covered_.push_back(taken);
  }

  // What is outside of the panel counts as covered.
  double Outside(const Covered& box, double width) const {
    return 2 *
           (width * 1.1 * font_ - box.Overlap({layout_.left, layout_.right,
                                               layout_.top, layout_.bottom}));
  }

  void PlaceBeside(double x, double y, const std::string& text) {
    const double width = TextWidth(text) * font_;
    const double gap = 0.7 * font_;
    const double step = 1.1 * font_;
    const double before = x - gap - width;
    const std::array<PanelLayout::Label, 8> places = {{
        {.x = x + gap, .y = y},
        {.x = x + gap / 2, .y = y - step},
        {.x = x + gap / 2, .y = y + step},
        {.x = before, .y = y},
        {.x = before + gap / 2, .y = y - step},
        {.x = before + gap / 2, .y = y + step},
        {.x = x - width / 2, .y = y - 1.3 * font_},
        {.x = x - width / 2, .y = y + 1.3 * font_},
    }};
    double least = INFINITY;
    PanelLayout::Label best;
    Covered taken = {};
    for (const PanelLayout::Label& place : places) {
      const Covered box = {place.x, place.x + width, place.y - 0.55 * font_,
                           place.y + 0.55 * font_};
      double cost = Outside(box, width);
      for (const Covered& other : covered_) cost += box.Overlap(other);
      if (cost < least - 1e-6) {
        least = cost;
        best = place;
        taken = box;
      }
    }
    best.text = text;
    layout_.labels.push_back(best);
    covered_.push_back(taken);
  }

  PanelLayout& layout_;
  const double font_;
  const std::optional<HeatRange> heat_;
  std::vector<Covered> covered_;
};

// The height of a plot that is `width` wide.
double PlotHeight(const v1::Figure& figure, double width, double font) {
  double height = 0;
  for (const v1::FigurePanel& panel : figure.panels()) {
    const int categories = panel.y().categories_size();
    height = std::max(height,
                      categories > 0
                          ? 2.2 * font * categories
                          : width * (figure.panels_size() > 1 ? 0.78 : 0.58));
  }
  return std::max(height, 6 * font);
}

// Labels of the same text are written once: below the lowest panel of a
// column, beside the first of a row.
void LabelAxes(const Grid& grid, FigureLayout& layout) {
  const size_t columns = static_cast<size_t>(grid.columns);
  for (size_t i = 0; i < layout.panels.size(); ++i) {
    PanelLayout& panel = layout.panels[i];
    panel.x_label = panel.x.label;
    panel.y_label = panel.y.label;
    if (i % columns > 0 && layout.panels[i - 1].y.label == panel.y.label) {
      panel.y_label.clear();
    }
    if (i + columns < layout.panels.size() &&
        layout.panels[i + columns].x.label == panel.x.label) {
      panel.x_label.clear();
    }
  }
}

void AddPanels(const v1::Figure& figure, const Grid& grid,
               FigureLayout& layout) {
  for (const v1::FigurePanel& panel : figure.panels()) {
    PanelLayout one;
    one.panel = &panel;
    one.y_down = panel.y().categories_size() > 0;
    one.title = figure.panels_size() > 1 ? OneLine(panel.title(), 100) : "";
    one.y = DrawAxis(panel.y(), figure.panels_size() > 1 ? 5 : 7);
    layout.panels.push_back(std::move(one));
  }
  for (PanelLayout& panel : layout.panels) {
    // For its label; the ticks follow when the width is known.
    panel.x = DrawAxis(panel.panel->x(), 2);
  }
  LabelAxes(grid, layout);
}

// As many ticks as have room for their labels.
DrawnAxis FittingAxis(const v1::FigureAxis& axis, double width, double font) {
  DrawnAxis drawn;
  for (int wanted = 10; wanted >= 2; --wanted) {
    drawn = DrawAxis(axis, wanted);
    double end = -INFINITY;
    bool fits = true;
    for (const AxisTick& tick : drawn.ticks) {
      if (tick.label.empty()) continue;
      const double half = TextWidth(tick.label) * font / 2;
      const double middle = drawn.At(tick.value) * width;
      fits = fits && middle - half > end;
      end = middle + half + 0.7 * font;
    }
    if (fits) break;
  }
  return drawn;
}

// Room to the left of the plots of a column: of the labels of ticks, and of the
// axis.
struct ColumnRoom {
  double ticks = 0;
  double label = 0;
};

void PlacePanels(const v1::Figure& figure, const Grid& grid, double top,
                 FigureLayout& layout) {
  const double font = layout.font;
  const double pad = 0.6 * font;
  const double right_room = 1.6 * font;
  const size_t columns = static_cast<size_t>(grid.columns);
  std::vector<ColumnRoom> rooms(columns);
  bool labels_inside = false;  // below a row that is not the last
  for (size_t i = 0; i < layout.panels.size(); ++i) {
    const PanelLayout& panel = layout.panels[i];
    ColumnRoom& room = rooms[i % columns];
    room.ticks = std::max(room.ticks, LongestLabel(panel.y) * font);
    if (!panel.y_label.empty()) room.label = 1.5 * font;
    labels_inside |=
        i + columns < layout.panels.size() && !panel.x_label.empty();
  }
  double taken = 2 * pad;
  const double max_ticks = 0.46 * layout.width / grid.columns;
  for (PanelLayout& panel : layout.panels) {
    for (AxisTick& tick : panel.y.ticks) {
      tick.label = ShortenText(tick.label, max_ticks / font);
    }
  }
  for (ColumnRoom& room : rooms) {
    room.ticks = std::min(room.ticks, max_ticks);
    taken += room.ticks + room.label + 0.9 * font + right_room;
  }
  const double width = std::max((layout.width - taken) / grid.columns, font);
  const double height = PlotHeight(figure, width, font);
  const bool titles = figure.panels_size() > 1;
  const double head = (titles ? 1.8 : 0.5) * font;
  const double row = head + height + (labels_inside ? 3.5 : 2.2) * font;
  double left = pad;
  for (size_t column = 0; column < columns; ++column) {
    const ColumnRoom& room = rooms[column];
    const double plot = left + room.label + room.ticks + 0.9 * font;
    for (size_t i = column; i < layout.panels.size(); i += columns) {
      PanelLayout& panel = layout.panels[i];
      const size_t rows_above = i / columns;
      panel.left = plot;
      panel.right = plot + width;
      panel.top = top + row * static_cast<double>(rows_above) + head;
      panel.bottom = panel.top + height;
      panel.x_label_y = panel.bottom + 2.5 * font;
      panel.y_label_x = std::max(plot - (1.6 + LongestLabel(panel.y)) * font,
                                 left + 0.6 * font);
      panel.x = FittingAxis(panel.panel->x(), width, font);
      panel.title = ShortenText(panel.title, width / (1.1 * font));
      panel.x_label = ShortenText(panel.x_label, (width + right_room) / font);
      panel.y_label = ShortenText(panel.y_label, (height + head) / font + 2);
      LabelPlacer labels(panel, font);
      for (const v1::FigureSeries& series : panel.panel->series()) {
        if (series.write_labels()) labels.Place(series);
      }
    }
    left = plot + width + right_room;
  }
  layout.height = top + row * grid.rows + (labels_inside ? 0 : 1.3 * font);
}

}  // namespace

double PanelLayout::PageX(double value) const {
  return left + x.At(value) * (right - left);
}

double PanelLayout::PageY(double value) const {
  const double at = y.At(value);
  return y_down ? top + at * (bottom - top) : bottom - at * (bottom - top);
}

FigureLayout LayOut(const v1::Figure& figure, double width_mm) {
  FigureLayout layout;
  layout.width = width_mm * kPointsPerMm;
  layout.font = std::clamp(5.8 + 0.019 * width_mm, 7.0, 10.0);
  const double font = layout.font;
  const double pad = 0.6 * font;
  const std::string title = OneLine(figure.title(), 300);
  layout.title = WrapText(title, (layout.width - 2 * pad) / (1.12 * font));
  double top =
      pad + kTitleLine * font * static_cast<double>(layout.title.size());
  layout.legend = MakeLegend(figure);
  top += PlaceLegend(layout.legend, pad, layout.width - 2 * pad, top, font);
  top += 0.5 * font;

  const Grid grid = GridOf(figure, width_mm);
  AddPanels(figure, grid, layout);
  PlacePanels(figure, grid, top, layout);
  return layout;
}

}  // namespace isoshape
