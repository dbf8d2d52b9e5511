#ifndef ISOSHAPE_SCALING_ISOFLOP_SIZE_CURVE_H_
#define ISOSHAPE_SCALING_ISOFLOP_SIZE_CURVE_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "scaling/runs/point.h"

namespace isoshape {

// Sizes that differ by less than this factor count as one size.
inline constexpr double kEqualSizeFactor = 1.02;

// A shape at a budget: the mean over its seeds.
struct ShapeMean {
  double size = 0;
  double tokens = 0;
  double depth = 0, width = 0;
  double loss = 0;
  int runs = 0;
  std::vector<int> rows = {};  // of the points, which the runs are
  double aspect_ratio() const { return width / depth; }
};

// One size of a curve, with all the shapes that were measured at it.
struct SizePoint {
  ShapeMean best;  // the shape of least loss
  // All shapes of this size, by loss; the first is `best`.
  std::vector<ShapeMean> shapes;
};

// Loss over size at one budget. A size's loss is that of its best aspect ratio:
// were other aspect ratios, which are tried at the best size only, averaged in,
// they would lift the curve just where its minimum is sought.
struct SizeCurve {
  double budget = 0;
  int runs = 0;
  std::vector<SizePoint> points;  // by size
  // Over shapes with several runs: sum of squares about their means, and its
  // degrees of freedom. What is left of noise when the shape is the same.
  double seed_sum_of_squares = 0;
  int seed_degrees_of_freedom = 0;
  // Mean of the points' loss_stderr that are known; 0 where none is.
  double mean_loss_stderr = 0;
};

// INVALID_ARGUMENT where a point is not finite or not positive, with the value.
absl::Status CheckPoints(const std::vector<ScalingPoint>& points);

// Curves by ascending budget; the order of the points changes nothing. Errors
// of CheckPoints.
absl::StatusOr<std::vector<SizeCurve>> MakeSizeCurves(
    const std::vector<ScalingPoint>& points);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_ISOFLOP_SIZE_CURVE_H_
