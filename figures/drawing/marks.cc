#include "figures/drawing/marks.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace isoshape {
namespace {

using Series = v1::FigureSeries;
using Column = google::protobuf::RepeatedField<double>;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

double At(const Column& column, int i) {
  return i < column.size() ? column.Get(i) : kNaN;
}

bool HasPlace(const DrawnAxis& axis, double value) {
  return std::isfinite(axis.At(value));
}

// On the axis, or its end that the value lies beyond; NaN is beyond the upper
// one.
double ToEdge(const DrawnAxis& axis, double value) {
  if (std::isnan(value)) return axis.max;
  if (axis.log && value <= 0) return axis.min;
  return std::clamp(value, axis.min, axis.max);
}

// Adds the interval of one mark along one axis. `make` puts a value on the axis
// together with the other coordinate of the mark.
template <typename Make>
void AddWhisker(const DrawnAxis& axis, double at, double lower, double upper,
                bool measured, const Make& make, Whiskers& whiskers) {
  if (measured && std::isnan(lower) && std::isnan(upper)) return;
  if (!axis.Holds(at)) return;
  if (!std::isnan(lower) && !std::isnan(upper)) {
    whiskers.closed.push_back(
        {make(ToEdge(axis, lower)), make(ToEdge(axis, upper))});
    return;
  }
  for (const auto& [end, edge] :
       {std::pair(lower, axis.min), std::pair(upper, axis.max)}) {
    if (std::isnan(end)) {
      whiskers.open.push_back({make(at), make(edge)});
    } else {
      whiskers.closed.push_back({make(at), make(ToEdge(axis, end))});
    }
  }
}

}  // namespace

PlacedPoints PointsOf(const Series& series, const PanelLayout& panel) {
  PlacedPoints points;
  const int count = std::min(series.x_size(), series.y_size());
  for (int i = 0; i < count; ++i) {
    const double x = series.x(i);
    const double y = series.y(i);
    if (HasPlace(panel.x, x) && HasPlace(panel.y, y)) {
      if (panel.x.Holds(x) && panel.y.Holds(y)) points.inside.push_back({x, y});
    } else {
      points.at_edge.push_back({ToEdge(panel.x, x), ToEdge(panel.y, y)});
    }
  }
  return points;
}

Whiskers WhiskersOf(const Series& series, const PanelLayout& panel) {
  Whiskers whiskers;
  const bool measured =
      series.role() != Series::OPTIMUM && series.role() != Series::PREDICTED;
  const int count = std::min(series.x_size(), series.y_size());
  for (int i = 0; i < count; ++i) {
    const double x = series.x(i);
    const double y = series.y(i);
    if (!panel.x.Holds(x) || !panel.y.Holds(y)) continue;
    if (series.x_lower_size() > 0 || series.x_upper_size() > 0) {
      AddWhisker(
          panel.x, x, At(series.x_lower(), i), At(series.x_upper(), i),
          measured,
          [y](double at) {
            return PlacedPoint{at, y};
          },
          whiskers);
    }
    if (series.y_lower_size() > 0 || series.y_upper_size() > 0) {
      AddWhisker(
          panel.y, y, At(series.y_lower(), i), At(series.y_upper(), i),
          measured,
          [x](double at) {
            return PlacedPoint{x, at};
          },
          whiskers);
    }
  }
  return whiskers;
}

std::vector<Polyline> LinePieces(const Series& series) {
  std::vector<Polyline> pieces(1);
  const int count = std::min(series.x_size(), series.y_size());
  for (int i = 0; i < count; ++i) {
    if (std::isfinite(series.x(i)) && std::isfinite(series.y(i))) {
      pieces.back().push_back({series.x(i), series.y(i)});
    } else if (!pieces.back().empty()) {
      pieces.emplace_back();
    }
  }
  if (pieces.back().empty()) pieces.pop_back();
  return pieces;
}

std::vector<Polyline> RuleLines(const Series& series,
                                const PanelLayout& panel) {
  std::vector<Polyline> lines;
  if (series.mark() == Series::RULE_X) {
    for (const double x : series.x()) {
      if (!panel.x.Holds(x)) continue;
      lines.push_back({{x, panel.y.min}, {x, panel.y.max}});
    }
  } else {
    for (const double y : series.y()) {
      if (!panel.y.Holds(y)) continue;
      lines.push_back({{panel.x.min, y}, {panel.x.max, y}});
    }
  }
  return lines;
}

std::vector<std::vector<BandPoint>> BandPieces(const Series& series,
                                               const PanelLayout& panel) {
  std::vector<std::vector<BandPoint>> pieces(1);
  for (int i = 0; i < series.x_size(); ++i) {
    const double lower = At(series.y_lower(), i);
    const double upper = At(series.y_upper(), i);
    if (HasPlace(panel.x, series.x(i)) && !std::isnan(lower) &&
        !std::isnan(upper)) {
      pieces.back().push_back(
          {series.x(i), ToEdge(panel.y, lower), ToEdge(panel.y, upper)});
    } else if (!pieces.back().empty()) {
      pieces.emplace_back();
    }
  }
  if (pieces.back().empty()) pieces.pop_back();
  return pieces;
}

std::vector<PlacedBox> BoxesOf(const Series& series, const PanelLayout& panel) {
  std::vector<PlacedBox> boxes;
  const std::optional<HeatRange> range = HeatRangeOf(*panel.panel);
  const bool across = series.mark() == Series::SPAN_Y;
  const bool along = series.mark() == Series::SPAN_X;
  const int count = across ? series.y_lower_size() : series.x_lower_size();
  for (int i = 0; i < count; ++i) {
    // An open end is the edge.
    const auto low = [&](const Column& column, const DrawnAxis& axis) {
      const double value = At(column, i);
      return std::isnan(value) ? axis.min : ToEdge(axis, value);
    };
    PlacedBox box = {panel.x.min, panel.x.max, panel.y.min, panel.y.max, {}};
    if (!across) {
      box.x_lower = low(series.x_lower(), panel.x);
      box.x_upper = ToEdge(panel.x, At(series.x_upper(), i));
    }
    if (!along) {
      box.y_lower = low(series.y_lower(), panel.y);
      box.y_upper = ToEdge(panel.y, At(series.y_upper(), i));
    }
    if (!(box.x_lower < box.x_upper) || !(box.y_lower < box.y_upper)) continue;
    if (range && i < series.z_size()) box.heat = range->ColorOf(series.z(i));
    boxes.push_back(box);
  }
  return boxes;
}

}  // namespace isoshape
