#ifndef ISOSHAPE_SCALING_ISOFLOP_SIZE_CURVE_H_
#define ISOSHAPE_SCALING_ISOFLOP_SIZE_CURVE_H_

#include <vector>

#include "scaling/runs/runs.h"

namespace isoshape {

// A shape at a budget: the mean over its seeds, by their weights.
struct ShapeMean {
  double size = 0;
  double tokens = 0;
  double depth = 0, width = 0;  // 0: not known
  double loss = 0;
  int runs = 0;
  double weight = 0;           // sum of Runs::weight
  std::vector<int> rows = {};  // of the runs
  // width / depth; 0: not known.
  double aspect_ratio() const { return depth > 0 ? width / depth : 0; }
};

// One size of a curve, with all the shapes that were measured at it.
struct SizePoint {
  ShapeMean best;  // the shape of least loss
  // All shapes of this size, by loss; the first is `best`.
  std::vector<ShapeMean> shapes;
};

// Loss over size at one budget. A size's loss is that of its best aspect ratio:
// other aspect ratios are tried at the best size only, and if they were
// averaged in they would lift the curve just at its minimum.
struct SizeCurve {
  double budget = 0;
  int runs = 0;
  std::vector<SizePoint> points;  // by size
  // Sum of squares of the runs about the means of their shapes, and its degrees
  // of freedom, over shapes with several runs: the noise between runs of one
  // shape.
  double seed_sum_of_squares = 0;
  int seed_degrees_of_freedom = 0;
  // Mean of the runs' loss_stderr that are known; 0 if none is.
  double mean_loss_stderr = 0;

  double min_size() const { return points.front().best.size; }
  double max_size() const { return points.back().best.size; }
  // The shape of least loss over all sizes.
  const ShapeMean& best() const;
};

// Curves by ascending budget, of runs that CheckRuns accepts and whose budgets
// are known; the order of the runs changes nothing. Runs of a budget that are
// equal in size, depth and width are averaged.
std::vector<SizeCurve> MakeSizeCurves(const Runs& runs);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_ISOFLOP_SIZE_CURVE_H_
