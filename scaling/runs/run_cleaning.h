#ifndef ISOSHAPE_SCALING_RUNS_RUN_CLEANING_H_
#define ISOSHAPE_SCALING_RUNS_RUN_CLEANING_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "scaling/runs/number_columns.h"
#include "scaling/runs/run_cells.h"
#include "scaling/tables/run_format.h"

namespace isoshape {

// Leaves out the rows that lack a number in one of the `needed` columns, and a
// note with their count, reason and lines. Empties columns that are not needed
// and of which a row has no number, with a note; blank decode_seconds are
// allowed.
//
// INVALID_ARGUMENT with `file:line:column:` if a needed cell holds a text that
// is no number or a number that no run has, or, if `format.strict`, no number
// above 0; FAILED_PRECONDITION if no row is left.
absl::Status CleanRows(absl::string_view file, const RunFormat& format,
                       const std::vector<RunColumn>& needed, RunCells& cells,
                       NumberColumns& numbers);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_RUNS_RUN_CLEANING_H_
