#include "figures/drawing/legend.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/text/format_number.h"
#include "common/text/one_line.h"
#include "common/text/short_exponent.h"
#include "figures/drawing/text_width.h"

namespace isoshape {
namespace {

using Series = v1::FigureSeries;

constexpr int kMaxValues = 10;  // of the colour scale that are written out
constexpr int kGradientSteps = 12;
constexpr double kHalfBar = 0.12;  // of a bar's sample, in fonts

LegendRow NameRow(const v1::Figure& figure) {
  LegendRow row;
  for (const v1::FigurePanel& panel : figure.panels()) {
    for (const Series& series : panel.series()) {
      const std::string name = OneLine(series.name(), 120);
      if (name.empty()) continue;
      const int color = SeriesColor(figure, series);
      const auto same = std::find_if(
          row.begin(), row.end(),
          [&](const LegendItem& item) { return item.text == name; });
      if (same == row.end()) {
        row.push_back({.sample = LegendItem::kMark,
                       .mark = series.mark(),
                       .role = series.role(),
                       .dash = DashOf(figure, series),
                       .half_height = IsBar(series) ? kHalfBar : 0.4,
                       .colors = {color},
                       .text = name});
      } else if (same->colors.front() != color) {
        same->colors.front() = kText;  // of several colours
      }
    }
  }
  return row;
}

bool UsesColors(const v1::Figure& figure) {
  for (const v1::FigurePanel& panel : figure.panels()) {
    for (const Series& series : panel.series()) {
      if (series.has_color()) return true;
    }
  }
  return false;
}

LegendRow ColorRow(const v1::Figure& figure) {
  LegendRow row;
  const int count = figure.color_values_size();
  if (count == 0 || figure.color_label().empty() || !UsesColors(figure)) {
    return row;
  }
  row.push_back({.text = absl::StrCat(OneLine(figure.color_label(), 80), ":")});
  const auto text = [&](int i) {
    return FormatDigits(figure.color_values(i), 4);
  };
  if (count <= kMaxValues) {
    for (int i = 0; i < count; ++i) {
      row.push_back({.sample = LegendItem::kSwatch,
                     .colors = {ScaleColor(i, count)},
                     .text = text(i)});
    }
    return row;
  }
  row.push_back({.text = text(0)});
  LegendItem scale = {.sample = LegendItem::kSwatch, .text = text(count - 1)};
  for (int i = 0; i < kGradientSteps; ++i) {
    scale.colors.push_back(ScaleColor(i, kGradientSteps));
  }
  row.push_back(std::move(scale));
  return row;
}

LegendRow HeatRow(const v1::Figure& figure) {
  LegendRow row;
  std::optional<HeatRange> all;
  bool same = true;
  std::string label;
  for (const v1::FigurePanel& panel : figure.panels()) {
    const std::optional<HeatRange> range = HeatRangeOf(panel);
    if (!range) continue;
    if (all) same = same && all->low == range->low && all->high == range->high;
    if (!all) all = range;
    for (const Series& series : panel.series()) {
      if (label.empty()) label = OneLine(series.z_label(), 80);
    }
  }
  if (!all) return row;
  row.push_back({.text = absl::StrCat(label, ":")});
  row.push_back({.text = same ? FormatRatio(all->low) : "least of the panel"});
  LegendItem scale = {.sample = LegendItem::kSwatch,
                      .text = same ? FormatRatio(all->high) : "largest"};
  for (int i = 0; i < kGradientSteps; ++i) {
    scale.colors.push_back(
        HeatColor(static_cast<double>(i) / (kGradientSteps - 1)));
  }
  row.push_back(std::move(scale));
  return row;
}

}  // namespace

std::optional<int> HeatRange::ColorOf(double z) const {
  if (!std::isfinite(z)) return std::nullopt;
  return HeatColor(high > low ? (z - low) / (high - low) : 0);
}

std::optional<HeatRange> HeatRangeOf(const v1::FigurePanel& panel) {
  std::optional<HeatRange> range;
  for (const Series& series : panel.series()) {
    if (series.mark() != Series::CELLS) continue;
    for (const double z : series.z()) {
      if (!std::isfinite(z)) continue;
      if (!range) range = HeatRange{z, z};
      range->low = std::min(range->low, z);
      range->high = std::max(range->high, z);
    }
  }
  return range;
}

std::vector<LegendRow> MakeLegend(const v1::Figure& figure) {
  std::vector<LegendRow> rows;
  for (LegendRow row : {NameRow(figure), ColorRow(figure), HeatRow(figure)}) {
    if (!row.empty()) rows.push_back(std::move(row));
  }
  return rows;
}

double SampleWidth(const LegendItem& item, double font) {
  switch (item.sample) {
    case LegendItem::kNone:
      return 0;
    case LegendItem::kMark:
      return 1.8 * font;
    case LegendItem::kSwatch:
      return 0.9 * font * static_cast<double>(item.colors.size());
  }
  return 0;
}

double PlaceLegend(std::vector<LegendRow>& rows, double left, double width,
                   double y, double font) {
  const double line = 1.5 * font;
  const double top = y;
  for (LegendRow& row : rows) {
    double x = left;
    y += line;
    for (LegendItem& item : row) {
      const double sample = SampleWidth(item, font);
      item.text = ShortenText(item.text, (width - sample) / font - 1);
      const double length =
          sample + (sample > 0 ? 0.4 * font : 0) + TextWidth(item.text) * font;
      if (x > left && x + length > left + width) {
        x = left;
        y += line;
      }
      item.x = x;
      item.y = y - line / 2;
      x += length + (item.sample == LegendItem::kNone ? 0.5 : 1.2) * font;
    }
  }
  return y - top;
}

}  // namespace isoshape
