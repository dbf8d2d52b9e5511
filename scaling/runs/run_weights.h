#ifndef ISOSHAPE_SCALING_RUNS_RUN_WEIGHTS_H_
#define ISOSHAPE_SCALING_RUNS_RUN_WEIGHTS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "scaling/runs/number_columns.h"
#include "scaling/runs/run_cells.h"

namespace isoshape {

// The column weight: what a run counts for in every fit. Leaves out the rows of
// weight 0, with a note; empty if there is no such column.
//
// INVALID_ARGUMENT with `file:line:column:` if a weight is not a finite number
// of at least 0, for a run that is left out by a fault of its weight is not
// noticed; FAILED_PRECONDITION if all are 0.
absl::StatusOr<NumberColumn> TakeWeights(absl::string_view file,
                                         RunCells& cells);

// The weights over their mean, so that their unit does not matter, and a note
// of their range; none if all are equal.
std::vector<double> RelativeWeights(std::vector<double> weights,
                                    std::vector<std::string>& notes);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_RUNS_RUN_WEIGHTS_H_
