#ifndef ISOSHAPE_SCALING_RUNS_RUN_CELLS_H_
#define ISOSHAPE_SCALING_RUNS_RUN_CELLS_H_

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "scaling/runs/own_export.h"
#include "scaling/tables/column_names.h"
#include "scaling/tables/row_reader.h"
#include "scaling/tables/run_format.h"

namespace isoshape {

// The columns of runs as they stand in a file, before they are numbers. Texts
// point into what the reader read.
struct RunCells {
  std::vector<int> line = {};  // of each row
  std::array<std::optional<FoundColumn>, kRunColumns.size()> found = {};
  // By column; empty if it was not found, else a cell for each row.
  std::array<std::vector<Cell>, kRunColumns.size()> cells = {};
  char delimiter = 0;
  OwnExport own = OwnExport::kNone;
  std::vector<std::string> notes = {};

  bool Has(RunColumn column) const { return Found(column).has_value(); }
  const std::optional<FoundColumn>& Found(RunColumn column) const {
    return found[static_cast<size_t>(column)];
  }
  const std::vector<Cell>& Of(RunColumn column) const {
    return cells[static_cast<size_t>(column)];
  }
};

// Finds the columns and takes their cells from the rows that fulfil
// `format.where`, a row that repeats one before only if
// `format.keep_duplicates`. Notes say which columns were found by another name
// and how many rows were repeated.
//
// INVALID_ARGUMENT with `file:line:column:` if a column is missing or two may
// be it, or if a row is malformed; FAILED_PRECONDITION if there is no row.
absl::StatusOr<RunCells> GatherCells(RowReader& reader, absl::string_view file,
                                     const RunFormat& format);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_RUNS_RUN_CELLS_H_
