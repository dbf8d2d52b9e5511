#ifndef ISOSHAPE_SCALING_RUNS_GEOMETRY_H_
#define ISOSHAPE_SCALING_RUNS_GEOMETRY_H_

#include <string>

#include "scaling/runs/runs.h"

namespace isoshape {

// Where the runs lie, and so what they can tell apart whatever their losses
// are. Everything that rests on a distinction which the places of the runs do
// not allow is not identified, by this one rule: no fit can mend it.
struct RunGeometry {
  int runs = 0;
  int different = 0;  // places: size, tokens and, if known, shape
  int clusters = 0;   // of rows; 0: each is one of its own (RunClusters)
  double flops_span = 1, size_span = 1, token_span = 1;  // largest / smallest
  // ln D = line + slope ln N + rest, and the standard deviation of the rest.
  double token_slope = 0, token_deviation = 0;
  // The standard deviation of what ln(width / depth) has left beside a straight
  // line over ln N; 0 if shapes are not known.
  double ratio_deviation = 0;
  double tokens_per_size = 0;  // geometric mean
  // Why size and tokens cannot be told apart, in one sentence with runs that
  // would tell, or empty.
  std::string one_line = {};
  // If all runs are of one compute: what that leaves open, or empty. The best
  // size of that compute is seen, no other is.
  std::string one_budget = {};
  // Why the best aspect ratio cannot be told, likewise, or empty.
  std::string one_ratio = {};
};

// Runs whose FLOPs lie within this factor of each other are of one compute.
inline constexpr double kOneBudget = 1.1;

// Slopes of ln D over ln N within this of 1 are those of one number of tokens
// per unit of size; within this of -1, of one budget.
inline constexpr double kSameSlope = 0.05;

// Fewer clusters of rows show no spread, and so give no interval.
inline constexpr int kMinClusters = 5;

// Whether shapes are known and their aspect ratios can be told from size.
bool RatiosTell(const Runs& runs);

// Of runs that CheckRuns accepts; there is a row.
RunGeometry MeasureGeometry(const Runs& runs);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_RUNS_GEOMETRY_H_
