#ifndef ISOSHAPE_SCALING_STATISTICS_ROBUST_DEVIATION_H_
#define ISOSHAPE_SCALING_STATISTICS_ROBUST_DEVIATION_H_

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace isoshape {

// The standard deviation of normal residuals about 0, from the median of their
// size, which outliers do not move. Not empty.
inline double RobustDeviation(std::vector<double> residuals) {
  constexpr double kNormal = 1.4826;  // of that median to the deviation
  for (double& one : residuals) one = std::abs(one);
  const auto middle =
      residuals.begin() + static_cast<std::ptrdiff_t>(residuals.size() / 2);
  std::nth_element(residuals.begin(), middle, residuals.end());
  return kNormal * *middle;
}

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_STATISTICS_ROBUST_DEVIATION_H_
