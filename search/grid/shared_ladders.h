#ifndef ISOSHAPE_SEARCH_GRID_SHARED_LADDERS_H_
#define ISOSHAPE_SEARCH_GRID_SHARED_LADDERS_H_

#include <vector>

#include "absl/status/statusor.h"
#include "search/grid/grid.h"
#include "search/grid/size_ladder.h"
#include "search/interface.h"

namespace isoshape {

// The first sizes of every budget, all taken from one ladder, so that a shape
// that several budgets want is trained once, with a cooldown at each
// (GridOptions::share_trunks). Each budget gets the `sizes` rungs around its
// centre, which grows with the square root of the budget, and the rung above
// them if larger budgets train it anyway: it then costs only a cooldown and may
// save an extension. A budget with fewer than three feasible rungs gets sizes
// of its own. For each budget the errors of CheckAnyFeasible.
std::vector<absl::StatusOr<Ladder>> SharedLadders(const GridOptions& options,
                                                  const SearchProblem& problem);

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_GRID_SHARED_LADDERS_H_
