#ifndef ISOSHAPE_SCALING_RUNS_SIZE_OF_SHAPE_H_
#define ISOSHAPE_SCALING_RUNS_SIZE_OF_SHAPE_H_

#include <optional>

#include "scaling/runs/runs.h"

namespace isoshape {

// N by depth and width as the runs have it, ln N = c + p ln depth + q ln width
// by least squares: close enough for lines of equal size in a picture, whatever
// the embeddings and feed-forward widths of the runs.
struct SizeOfShape {
  double c = 0, p = 0, q = 0;

  double Size(double depth, double width) const;
  double Width(double size, double depth) const;

  // Absent if the shapes of the runs do not tell p from q.
  static std::optional<SizeOfShape> Of(const Runs& runs);
};

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_RUNS_SIZE_OF_SHAPE_H_
