#ifndef ISOSHAPE_SCALING_RUNS_NUMBER_COLUMNS_H_
#define ISOSHAPE_SCALING_RUNS_NUMBER_COLUMNS_H_

#include <array>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "scaling/runs/run_cells.h"
#include "scaling/tables/run_format.h"

namespace isoshape {

enum class CellState : char {
  kNumber,       // finite and above 0
  kMissing,      // blank, NaN and the like; of a loss also inf
  kNotPositive,  // 0 or below
  kAbsurd,       // a number that no run has, such as inf
  kText,         // anything else
};

// What a number of the column can be, in units of one: far beyond what any run
// had or will have, so that what lies outside is a slip. `whole` are counts,
// which are no fraction if they are small.
struct NumberLimits {
  double least = 0;
  double most = 0;
  bool whole = false;
};
NumberLimits LimitsOf(RunColumn column);

// A column as numbers; empty if the file has none.
struct NumberColumn {
  std::vector<double> values = {};  // NaN where there is no number
  std::vector<CellState> states = {};
};

using NumberColumns = std::array<NumberColumn, kRunColumns.size()>;

// The columns of numbers, in units of one: a unit in a column's name is
// multiplied in, if the numbers are not too large for it (`tokens (B)` that
// holds 16777813355; FLOPs are left to flops_check.h). What commas and dots are
// is one for the whole file: what some number says by itself (number_text.h),
// and of the two one alone is decimal; if no number says anything a comma is
// decimal in a loss and where the delimiter is another than the comma, and else
// separates thousands. Adds notes of what is not plain.
//
// INVALID_ARGUMENT with `file:line:column:` if numbers contradict each other:
// one says that commas (or dots) are decimal and another that they separate
// thousands, or that both are decimal or both separate.
absl::StatusOr<NumberColumns> ParseNumbers(const RunCells& cells,
                                           absl::string_view file,
                                           std::vector<std::string>& notes);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_RUNS_NUMBER_COLUMNS_H_
