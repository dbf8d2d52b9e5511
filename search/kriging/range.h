#ifndef ISOSHAPE_SEARCH_KRIGING_RANGE_H_
#define ISOSHAPE_SEARCH_KRIGING_RANGE_H_

#include <vector>

#include "search/candidates.h"
#include "search/interface.h"
#include "search/kriging/past_shapes.h"
#include "search/spread/draw.h"

namespace isoshape {

// The candidates (CandidatesOf) whose size and aspect ratio are in the ranges
// of `draw`; of a budget that has none in range, the one that is nearest to it.
// In order of budget.
std::vector<ShapeCandidate> CandidatesInRange(const SpreadOptions& draw,
                                              const SearchProblem& problem,
                                              const GpFrame& frame);

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_KRIGING_RANGE_H_
