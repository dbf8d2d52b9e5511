#ifndef ISOSHAPE_SEARCH_KRIGING_PAST_SHAPES_H_
#define ISOSHAPE_SEARCH_KRIGING_PAST_SHAPES_H_

#include <cstddef>
#include <vector>

#include "scaling/surface/surface.h"
#include "search/interface.h"
#include "search/kriging/process.h"
#include "search/trial_index.h"

namespace isoshape {

// Where sizes are centred at each budget, and FLOPs are measured from.
struct GpFrame {
  std::vector<double> ln_budgets;
  std::vector<double> ln_centers;

  GpPlace PlaceOf(size_t budget, const SurfacePoint& point) const;
};

// A shape of the history at a budget of the problem.
struct PastShape {
  Shape shape;
  size_t budget = 0;
  SurfacePoint point;
  ShapeOutcome outcome;  // over its seeds

  bool has_loss() const;
  bool waits() const { return !outcome.ended(); }
  // True if a user left its result out and nothing else is known of it.
  bool excluded() const {
    return outcome.excluded && !outcome.failed && !outcome.loss;
  }
};

// The shapes of a history at each budget, in an order that does not depend on
// that of the history. Seeds and budgets that are not the problem's are left
// out, and shapes of users with other options than those of the space (a norm,
// an activation), since their losses lie on another surface.
std::vector<PastShape> PastShapes(const SearchProblem& problem,
                                  const std::vector<PastTrial>& history,
                                  const TrialIndex& index);

// Rows of those with a loss, at most kMaxGpRows: shapes that lie within a cell
// of the plane of size and aspect ratio become one row with their mean place
// and loss, in cells as large as that takes.
inline constexpr size_t kMaxGpRows = 128;
std::vector<GpRow> RowsOf(const std::vector<PastShape>& shapes,
                          const GpFrame& frame);

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_KRIGING_PAST_SHAPES_H_
