#ifndef ISOSHAPE_FIGURES_DRAWING_AXIS_TICKS_H_
#define ISOSHAPE_FIGURES_DRAWING_AXIS_TICKS_H_

#include <string>
#include <vector>

#include "isoshape/v1/figure.pb.h"

namespace isoshape {

// A mark on an axis; minor ones have no text.
struct AxisTick {
  double value = 0;
  std::string label = {};
  bool minor = false;
};

// An axis as every renderer draws it: limits that can be drawn, and ticks whose
// texts are the same in all of them.
struct DrawnAxis {
  double min = 0;  // below max, also if categories run from top to bottom
  double max = 1;
  bool log = false;
  std::vector<AxisTick> ticks;  // ascending
  std::string label;            // of time axes with the day

  // Returns the place of a value: 0 at min, 1 at max; NaN if it has no place.
  double At(double value) const;
  bool Holds(double value) const;
};

// `wanted` is about how many labelled ticks there is room for, at least 2.
// Limits that cannot be drawn (not finite, equal, not above 0 on a log axis)
// are mended.
DrawnAxis DrawAxis(const v1::FigureAxis& axis, int wanted);

}  // namespace isoshape

#endif  // ISOSHAPE_FIGURES_DRAWING_AXIS_TICKS_H_
