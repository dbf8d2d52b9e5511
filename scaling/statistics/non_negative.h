#ifndef ISOSHAPE_SCALING_STATISTICS_NON_NEGATIVE_H_
#define ISOSHAPE_SCALING_STATISTICS_NON_NEGATIVE_H_

#include <Eigen/Dense>

namespace isoshape {

inline constexpr int kMaxUnknowns = 8;
using SmallMatrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, 0,
                                  kMaxUnknowns, kMaxUnknowns>;
using SmallVector =
    Eigen::Matrix<double, Eigen::Dynamic, 1, 0, kMaxUnknowns, 1>;

// The y >= 0 of least y'G y - 2 b'y, exactly, by trying every subset of
// unknowns (the least-squares problem of Lawson and Hanson 1974 with G = X'X, b
// = X't); at most kMaxUnknowns.
struct NonNegativeMinimum {
  SmallVector y;
  double value = 0;  // y'G y - 2 b'y
};
NonNegativeMinimum SolveNonNegative(const SmallMatrix& g, const SmallVector& b);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_STATISTICS_NON_NEGATIVE_H_
