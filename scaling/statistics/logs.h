#ifndef ISOSHAPE_SCALING_STATISTICS_LOGS_H_
#define ISOSHAPE_SCALING_STATISTICS_LOGS_H_

#include <algorithm>
#include <cmath>
#include <vector>

namespace isoshape {

// The natural logarithm of each value.
inline std::vector<double> Logs(const std::vector<double>& values) {
  std::vector<double> logs(values.size());
  std::transform(values.begin(), values.end(), logs.begin(),
                 [](double value) { return std::log(value); });
  return logs;
}

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_STATISTICS_LOGS_H_
