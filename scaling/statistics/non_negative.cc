#include "scaling/statistics/non_negative.h"

namespace isoshape {

NonNegativeMinimum SolveNonNegative(const SmallMatrix& g,
                                    const SmallVector& b) {
  const auto unknowns = static_cast<int>(b.size());
  NonNegativeMinimum best{.y = SmallVector::Zero(unknowns)};
  for (int subset = 1; subset < 1 << unknowns; ++subset) {
    int members[kMaxUnknowns];
    int count = 0;
    for (int k = 0; k < unknowns; ++k) {
      if (subset >> k & 1) members[count++] = k;
    }
    SmallMatrix small(count, count);
    SmallVector right(count);
    for (int i = 0; i < count; ++i) {
      right[i] = b[members[i]];
      for (int j = 0; j < count; ++j) small(i, j) = g(members[i], members[j]);
    }
    const SmallVector solution = small.ldlt().solve(right);
    if (!solution.allFinite() || solution.minCoeff() < 0) continue;
    const double value = -solution.dot(right);
    if (value >= best.value) continue;
    best.value = value;
    best.y.setZero();
    for (int i = 0; i < count; ++i) best.y[members[i]] = solution[i];
  }
  return best;
}

}  // namespace isoshape
