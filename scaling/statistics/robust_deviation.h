#ifndef ISOSHAPE_SCALING_STATISTICS_ROBUST_DEVIATION_H_
#define ISOSHAPE_SCALING_STATISTICS_ROBUST_DEVIATION_H_

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace isoshape {

// The standard deviation of normal residuals about 0, from the median of their
// size, which outliers do not move. Not empty. Of an even number it is the
// upper of the middle two, not Median (intervals.h): the share of outliers that
// laws are warned of and the noise of published fits were found with it.
inline double RobustDeviation(std::vector<double> residuals) {
  constexpr double kNormal = 1.4826;  // of that median to the deviation
  for (double& one : residuals) one = std::abs(one);
  const auto upper_middle =
      residuals.begin() + static_cast<std::ptrdiff_t>(residuals.size() / 2);
  std::nth_element(residuals.begin(), upper_middle, residuals.end());
  return kNormal * *upper_middle;
}

// A loss so many deviations off a law is no scatter but an outlier.
inline constexpr double kOutlier = 8;

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_STATISTICS_ROBUST_DEVIATION_H_
