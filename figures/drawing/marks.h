#ifndef ISOSHAPE_FIGURES_DRAWING_MARKS_H_
#define ISOSHAPE_FIGURES_DRAWING_MARKS_H_

#include <optional>
#include <vector>

#include "figures/drawing/layout.h"
#include "isoshape/v1/figure.pb.h"

namespace isoshape {

// The marks that a series draws, in the values of its axes: numbers that have a
// place, cut at the edges of the panel if a renderer could not. All renderers
// draw these.

struct PlacedPoint {
  double x, y;
};
using Polyline = std::vector<PlacedPoint>;

struct PlacedPoints {
  std::vector<PlacedPoint> inside;
  // Marks that are not finite, on the edge that they lie beyond, NaN on the
  // upper one.
  std::vector<PlacedPoint> at_edge;
};
PlacedPoints PointsOf(const v1::FigureSeries& series, const PanelLayout& panel);

// Lines of two points for the intervals of POINTS. An open one goes from the
// mark to the edge of the panel, where an arrow ends it. Of measured points an
// interval without ends is none.
struct Whiskers {
  std::vector<Polyline> closed;
  std::vector<Polyline> open;
};
Whiskers WhiskersOf(const v1::FigureSeries& series, const PanelLayout& panel);

// A line between its gaps.
std::vector<Polyline> LinePieces(const v1::FigureSeries& series);
// RULE_X and RULE_Y over the whole panel.
std::vector<Polyline> RuleLines(const v1::FigureSeries& series,
                                const PanelLayout& panel);

struct BandPoint {
  double x, lower, upper;
};
// A band between its gaps.
std::vector<std::vector<BandPoint>> BandPieces(const v1::FigureSeries& series,
                                               const PanelLayout& panel);

// SPAN_X, SPAN_Y and CELLS.
struct PlacedBox {
  double x_lower, x_upper, y_lower, y_upper;
  std::optional<int> heat = {};  // the colour of z
};
std::vector<PlacedBox> BoxesOf(const v1::FigureSeries& series,
                               const PanelLayout& panel);

}  // namespace isoshape

#endif  // ISOSHAPE_FIGURES_DRAWING_MARKS_H_
