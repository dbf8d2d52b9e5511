#ifndef ISOSHAPE_FIGURES_DRAWING_LEGEND_H_
#define ISOSHAPE_FIGURES_DRAWING_LEGEND_H_

#include <optional>
#include <string>
#include <vector>

#include "figures/drawing/theme.h"
#include "isoshape/v1/figure.pb.h"

namespace isoshape {

// The sign that stands before a text in a legend.
struct LegendItem {
  enum Sample { kNone, kMark, kSwatch };
  Sample sample = kNone;
  // How the series are drawn, for kMark.
  v1::FigureSeries::Mark mark = v1::FigureSeries::POINTS;
  v1::FigureSeries::Role role = v1::FigureSeries::MEASURED;
  LineDash dash = LineDash::kSolid;
  // Half of the height of an area's sample, in fonts.
  double half_height = 0.4;
  // For kMark and kSwatch; swatches are drawn side by side.
  std::vector<int> colors = {};
  std::string text = {};
  // Set by PlaceLegend: left end and middle, points from the left and the top.
  double x = 0;
  double y = 0;
};

// One line of a legend that belongs together.
using LegendRow = std::vector<LegendItem>;

// The names of the series, each once, in the order of drawing; then the values
// of the colours; then the scale of z.
std::vector<LegendRow> MakeLegend(const v1::Figure& figure);

// Lays the rows out over `width` from the top `y`, points, broken where they
// are too long; returns the height that they take.
double PlaceLegend(std::vector<LegendRow>& rows, double left, double width,
                   double y, double font);
// Room for the sample of an item, points.
double SampleWidth(const LegendItem& item, double font);

// The least and the largest z of a panel, if it has cells with z.
struct HeatRange {
  double low;
  double high;
  // The colour of a value; absent if it is not finite.
  std::optional<int> ColorOf(double z) const;
};
std::optional<HeatRange> HeatRangeOf(const v1::FigurePanel& panel);

}  // namespace isoshape

#endif  // ISOSHAPE_FIGURES_DRAWING_LEGEND_H_
