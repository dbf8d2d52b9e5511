#include "scaling/statistics/paired.h"

#include <cmath>
#include <numeric>

#include "scaling/statistics/student_t.h"

namespace isoshape {

PairedMean MeanOfDifferences(const std::vector<double>& differences,
                             double level) {
  const auto count = static_cast<double>(differences.size());
  PairedMean paired;
  paired.mean.value =
      std::accumulate(differences.begin(), differences.end(), 0.0) / count;
  if (differences.size() < 2) return paired;
  double squares = 0;
  for (const double difference : differences) {
    squares +=
        (difference - paired.mean.value) * (difference - paired.mean.value);
  }
  paired.deviation = std::sqrt(squares / (count - 1));
  const double reach =
      StudentTTwoSided(level, static_cast<int>(differences.size()) - 1) *
      *paired.deviation / std::sqrt(count);
  paired.mean.lower = paired.mean.value - reach;
  paired.mean.upper = paired.mean.value + reach;
  return paired;
}

}  // namespace isoshape
