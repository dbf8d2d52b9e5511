#ifndef ISOSHAPE_TRAINER_COMMANDS_COORDINATE_CHECK_H_
#define ISOSHAPE_TRAINER_COMMANDS_COORDINATE_CHECK_H_

#include <cstdint>
#include <string>
#include <vector>

#include "trainer/spec/run_spec.h"

namespace isoshape {

// Trains small models of several widths and depths for a few steps on one text
// and watches the size of the residual stream. Under rules that carry a
// learning rate from shape to shape it does not depend on width and does not
// grow with depth, after any step (Yang et al. 2022, arXiv 2203.03466, appendix
// D.1; Dey et al. 2025, figure 1).
//
// Over depth it may shrink: the branches of fresh weights are independent, so
// that a sum of L of them, each times 1 / L, falls as L^-1/2 towards the
// embedding, and only what is learned is common to them.
struct CoordinateCheckOptions {
  Recipe recipe;  // its parameterization is what is checked
  // Widths at the first depth, depths at the first width; ascending.
  std::vector<int64_t> widths = {64, 128, 256};
  std::vector<int64_t> depths = {2, 4, 8, 16};
  int64_t steps = 10;
  int64_t seeds = 3;
  // Slopes that are flat: within +-tolerance over width, from -1/2 - tolerance
  // to tolerance over depth.
  double tolerance = 0.1;
};

// Mean |activation| of one shape, the mean over seeds: of the residual stream
// after each block, before the first step and after each, [steps + 1][depth].
struct CoordinateRow {
  int64_t width = 0, depth = 0;
  std::vector<std::vector<double>> blocks;
};

struct CoordinateTable {
  std::vector<CoordinateRow> widths, depths;
  // Slope of log mean |activation| over log width, of the block with the
  // steepest slope, and over log depth, of the last block, after each step:
  // [steps].
  std::vector<double> width_slopes, depth_slopes;
  bool flat = false;  // all slopes
};

CoordinateTable CheckCoordinates(const CoordinateCheckOptions& options);

// Parses `coordinate-check` and its flags, prints the table on standard output
// and returns the exit code: 0 flat, 1 not. Throws std::invalid_argument, one
// line with the remedy.
int RunCoordinateCheck(int argc, const char* const* argv);

// Slope of the least-squares line through the logs of `x` and `y`, of equal
// sizes >= 2; 0 if all x are equal.
double LogSlope(const std::vector<double>& x, const std::vector<double>& y);

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_COMMANDS_COORDINATE_CHECK_H_
