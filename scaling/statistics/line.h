#ifndef ISOSHAPE_SCALING_STATISTICS_LINE_H_
#define ISOSHAPE_SCALING_STATISTICS_LINE_H_

#include <vector>

namespace isoshape {

// A weighted straight line; weights >= 0, empty: all equal; two distinct x with
// weight above 0.
struct Line {
  double slope = 0;
  double intercept = 0;

  double At(double x) const { return intercept + slope * x; }
  // Root mean square departure of y from it, all of equal weight.
  double Departure(const std::vector<double>& x,
                   const std::vector<double>& y) const;
};
Line FitLine(const std::vector<double>& x, const std::vector<double>& y,
             const std::vector<double>& weights = {});

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_STATISTICS_LINE_H_
