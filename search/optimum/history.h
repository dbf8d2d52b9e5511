#ifndef ISOSHAPE_SEARCH_OPTIMUM_HISTORY_H_
#define ISOSHAPE_SEARCH_OPTIMUM_HISTORY_H_

#include <vector>

#include "search/optimum/question.h"

namespace isoshape {

// Sorts runs in an order that follows from the runs alone, so that sums over
// them do not depend on how they were given.
void SortHistory(std::vector<OptimumRun>& runs);

// Takes out the loss that came last, and returns its FLOPs; 0 if there is none.
// `runs` are sorted.
double DropLastLoss(std::vector<OptimumRun>& runs);

// The surface of that frame given the runs that succeeded. If there are very
// many, those of one place count as one row, with their mean, number and
// scatter. `runs` are sorted; nothing else is known if `evidence` is nullptr.
SurfaceFit FitRuns(const std::vector<OptimumRun>& runs,
                   const SurfaceFrame& frame,
                   const SurfaceEvidence* evidence = nullptr);
// The same in the frame of the question, with what earlier campaigns tell.
SurfaceFit FitHistory(const OptimumQuestion& question,
                      const std::vector<OptimumRun>& runs);

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_OPTIMUM_HISTORY_H_
