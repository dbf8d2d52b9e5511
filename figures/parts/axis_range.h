#ifndef ISOSHAPE_FIGURES_PARTS_AXIS_RANGE_H_
#define ISOSHAPE_FIGURES_PARTS_AXIS_RANGE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "isoshape/v1/figure.pb.h"

namespace isoshape {

// Finds the limits of an axis: those of what was measured, with room, but a few
// values that lie far from all others do not stretch it. Values that are not
// finite, or not above 0 on a logarithmic axis, never count.
class AxisRange {
 public:
  explicit AxisRange(bool log) : log_(log) {}

  // A measured value.
  void Add(double value);
  // One that must be seen, such as an optimum or a target.
  void Include(double value);
  // One for comparison, such as a published line: seen if it is no further from
  // the others than they are from each other.
  void IncludeIfNear(double value);

  // Min < max, both finite, above 0 on a logarithmic axis; [1, 10] or [0, 1] if
  // there is no value.
  v1::FigureAxis Axis(std::string label) const;

  // Measured values that lie beyond the limits.
  int64_t Beyond() const;

 private:
  struct Limits {
    double low, high;
  };
  Limits Find() const;  // with room; logarithms on a logarithmic axis
  bool Counts(double value) const;
  double Scale(double value) const;

  bool log_;
  std::vector<double> measured_, included_, references_;  // scaled
};

}  // namespace isoshape

#endif  // ISOSHAPE_FIGURES_PARTS_AXIS_RANGE_H_
