#ifndef ISOSHAPE_SCALING_RUNS_RUN_CLUSTERS_H_
#define ISOSHAPE_SCALING_RUNS_RUN_CLUSTERS_H_

#include <cstddef>
#include <vector>

#include "scaling/runs/runs.h"

namespace isoshape {

// The cluster of each row: rows of one Runs::run are correlated, for they are
// points of one run, and are drawn and judged together. Empty if no run has
// two rows, so that each row is one of its own, or if runs are not known.
std::vector<int> RunClusters(const Runs& runs);
// The same of some of the rows, in their order.
std::vector<int> RunClusters(const Runs& runs, const std::vector<size_t>& rows);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_RUNS_RUN_CLUSTERS_H_
