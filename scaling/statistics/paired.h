#ifndef ISOSHAPE_SCALING_STATISTICS_PAIRED_H_
#define ISOSHAPE_SCALING_STATISTICS_PAIRED_H_

#include <optional>
#include <vector>

#include "scaling/statistics/intervals.h"

namespace isoshape {

// A mean over pairs.
struct PairedMean {
  Interval mean;  // without ends if there are fewer than two
  // Standard deviation of one difference; absent if there are fewer than two.
  std::optional<double> deviation;
};

// The mean of differences within pairs, and its interval by Student's t with as
// many degrees of freedom as there are pairs less one: exact if differences are
// normal, and the same for as few as two pairs. What the two of a pair have in
// common (seed, batches, shape) cancels in each difference. Finite, not empty;
// level in (0, 1).
PairedMean MeanOfDifferences(const std::vector<double>& differences,
                             double level);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_STATISTICS_PAIRED_H_
