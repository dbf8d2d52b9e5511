#ifndef ISOSHAPE_SCALING_STATISTICS_MEAN_H_
#define ISOSHAPE_SCALING_STATISTICS_MEAN_H_

#include <cmath>
#include <optional>
#include <vector>

namespace isoshape {

// The arithmetic mean, 0 of no value.
inline double Mean(const std::vector<double>& values) {
  double mean = 0;
  for (const double value : values) {
    mean += value / static_cast<double>(values.size());
  }
  return mean;
}

// The mean of runs that differ by their seeds alone.
struct SeedMean {
  double value = 0;
  std::optional<double> error;  // standard error; absent of a single run
};

// Of losses of equal weight, not empty. The isoFLOP fit weighs its runs
// (scaling/isoflop/size_curve.h).
inline SeedMean MeanOfSeeds(const std::vector<double>& losses) {
  const auto count = static_cast<double>(losses.size());
  SeedMean mean;
  mean.value = Mean(losses);
  if (losses.size() < 2) return mean;
  double squares = 0;
  for (const double loss : losses) {
    squares += (loss - mean.value) * (loss - mean.value);
  }
  mean.error = std::sqrt(squares / (count - 1) / count);
  return mean;
}

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_STATISTICS_MEAN_H_
