#include "claims/curve.h"

#include <algorithm>
#include <cmath>

#include "scaling/statistics/parabola.h"

namespace isoshape {
namespace {

std::vector<double> XOf(const std::vector<CurvePoint>& points) {
  std::vector<double> x;
  x.reserve(points.size());
  for (const CurvePoint& point : points) x.push_back(point.x);
  return x;
}

std::vector<double> YOf(const std::vector<CurvePoint>& points) {
  std::vector<double> y;
  y.reserve(points.size());
  for (const CurvePoint& point : points) y.push_back(point.y);
  return y;
}

Parabola ThroughAll(const std::vector<CurvePoint>& points) {
  return FitParabola(XOf(points), YOf(points),
                     std::vector<double>(points.size(), 1.0));
}

std::vector<CurvePoint>::const_iterator Lowest(
    const std::vector<CurvePoint>& points) {
  return std::min_element(
      points.begin(), points.end(),
      [](const CurvePoint& a, const CurvePoint& b) { return a.y < b.y; });
}

// Where the line between two points has the height `y`.
double Crossing(const CurvePoint& inside, const CurvePoint& outside, double y) {
  return inside.x +
         (outside.x - inside.x) * (y - inside.y) / (outside.y - inside.y);
}

}  // namespace

std::vector<CurvePoint> SortedCurve(std::vector<CurvePoint> points) {
  std::sort(points.begin(), points.end(),
            [](const CurvePoint& a, const CurvePoint& b) { return a.x < b.x; });
  std::vector<CurvePoint> merged;
  for (size_t begin = 0; begin < points.size();) {
    size_t end = begin;
    double sum = 0;
    while (end < points.size() && points[end].x == points[begin].x) {
      sum += points[end++].y;
    }
    merged.push_back({points[begin].x, sum / static_cast<double>(end - begin)});
    begin = end;
  }
  return merged;
}

std::optional<Line> LineOf(const std::vector<CurvePoint>& points) {
  if (points.size() < 2) return std::nullopt;
  return FitLine(XOf(points), YOf(points));
}

std::optional<double> SlopeOf(const std::vector<CurvePoint>& points) {
  const std::optional<Line> line = LineOf(points);
  if (!line.has_value()) return std::nullopt;
  return line->slope;
}

std::optional<double> CurvatureOf(const std::vector<CurvePoint>& points) {
  if (points.size() < 3) return std::nullopt;
  return 2 * ThroughAll(points).coefficients[2];
}

std::optional<double> MinimumOf(const std::vector<CurvePoint>& points) {
  if (points.size() < 3) return std::nullopt;
  const auto lowest = Lowest(points);
  if (lowest == points.begin() || std::next(lowest) == points.end()) {
    return lowest->x;
  }
  const Parabola parabola =
      ThroughAll({std::prev(lowest), std::next(lowest, 2)});
  return parabola.minimum ? parabola.vertex_x : lowest->x;
}

std::optional<double> BasinOf(const std::vector<CurvePoint>& points,
                              double within) {
  if (points.size() < 2) return std::nullopt;
  const auto lowest = Lowest(points);
  const double bound = lowest->y + within;
  auto left = lowest;
  while (left != points.begin() && std::prev(left)->y <= bound) --left;
  auto right = lowest;
  while (std::next(right) != points.end() && std::next(right)->y <= bound) {
    ++right;
  }
  const double from = left == points.begin()
                          ? left->x
                          : Crossing(*left, *std::prev(left), bound);
  const double to = std::next(right) == points.end()
                        ? right->x
                        : Crossing(*right, *std::next(right), bound);
  return to - from;
}

std::optional<double> LeastAtMost(const std::vector<CurvePoint>& points,
                                  double most) {
  if (points.empty()) return std::nullopt;
  for (const CurvePoint& point : points) {
    if (point.y <= most) return point.x;
  }
  return points.back().x + std::log(2.0);
}

}  // namespace isoshape
