#ifndef ISOSHAPE_CLAIMS_CURVE_H_
#define ISOSHAPE_CLAIMS_CURVE_H_

#include <optional>
#include <vector>

#include "scaling/statistics/line.h"

namespace isoshape {

// Figures of values along a scale, such as losses over aspect ratios, that
// claims ask for. None where the points cannot tell.

struct CurvePoint {
  double x = 0;
  double y = 0;
};

// Returns the points sorted by x; points of one x become their mean.
std::vector<CurvePoint> SortedCurve(std::vector<CurvePoint> points);

// Returns the line of least squares; needs two x.
std::optional<Line> LineOf(const std::vector<CurvePoint>& points);
// Its slope.
std::optional<double> SlopeOf(const std::vector<CurvePoint>& points);
// Second derivative of the parabola through all points by least squares; needs
// three x.
std::optional<double> CurvatureOf(const std::vector<CurvePoint>& points);
// Returns the place of the least value: the vertex of the parabola through the
// lowest point and its neighbours, or an end if that is the lowest; needs three
// x.
std::optional<double> MinimumOf(const std::vector<CurvePoint>& points);
// Returns how wide the stretch about the least point is along which the value,
// by straight lines between points, is at most `within` above it; it ends at
// the ends of the points. Needs two x.
std::optional<double> BasinOf(const std::vector<CurvePoint>& points,
                              double within);
// The least x whose value is at most `most`; ln 2 beyond the largest if none
// is.
std::optional<double> LeastAtMost(const std::vector<CurvePoint>& points,
                                  double most);

}  // namespace isoshape

#endif  // ISOSHAPE_CLAIMS_CURVE_H_
