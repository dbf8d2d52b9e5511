#include "scaling/runs/run_cleaning.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/status/status_macros.h"
#include "scaling/runs/keep_rows.h"
#include "scaling/tables/file_error.h"

namespace isoshape {
namespace {

std::string Reason(RunColumn column, CellState state) {
  return state == CellState::kMissing
             ? absl::StrCat("no ", RunColumnName(column))
             : absl::StrCat(RunColumnName(column), " not above 0");
}

bool IsFractionOfShape(RunColumn column, double value) {
  return (column == RunColumn::kWidth || column == RunColumn::kDepth) &&
         value != std::round(value);
}

// What is wrong with a number that no run has, and the remedy.
std::string DescribeAbsurd(RunColumn column, double value) {
  const NumberLimits limits = LimitsOf(column);
  const char* name = RunColumnName(column);
  if (IsFractionOfShape(column, value)) {
    return absl::StrFormat(
        "is read as %.6g, which is no whole number and so no %s of a model; "
        "correct it, or name another column by --column %s=NAME",
        value, name, name);
  }
  if (limits.whole && value < 1000) {
    return absl::StrFormat(
        "is read as %.6g, which is no count; write %s in full, or with the "
        "unit in the cell (9.9M) or in the column's name (%s_m)",
        value, name, name);
  }
  return absl::StrFormat(
      "is read as %.6g, beyond what any run has (%g to %g); correct it, or "
      "leave the row out by --where",
      value, limits.least, limits.most);
}

absl::Status BadCell(const RunCells& cells, const NumberColumns& numbers,
                     RunColumn column, size_t row, absl::string_view file) {
  const Cell& cell = cells.Of(column)[row];
  const NumberColumn& number = numbers[static_cast<size_t>(column)];
  const char* name = RunColumnName(column);
  std::string problem;
  switch (number.states[row]) {
    case CellState::kText:
      problem =
          "is not a number; correct it, leave it blank, or leave the row out "
          "by --where";
      break;
    case CellState::kAbsurd:
      problem = DescribeAbsurd(column, number.values[row]);
      break;
    default:
      problem =
          "is not a finite number above 0; correct it, or go without --strict, "
          "which leaves the row out";
  }
  return ErrorAt(file, cell.line, cell.column,
                 absl::StrCat(name, " ", Shown(cell.text), " ", problem));
}

void KeepCells(const std::vector<bool>& keep, RunCells& cells,
               NumberColumns& numbers) {
  KeepRows(keep, cells.line);
  for (size_t c = 0; c < kRunColumns.size(); ++c) {
    KeepRows(keep, cells.cells[c]);
    KeepRows(keep, numbers[c].values);
    KeepRows(keep, numbers[c].states);
  }
}

// Drops an optional column whose numbers are not complete.
void DropIncomplete(RunColumn column, RunCells& cells, NumberColumns& numbers) {
  NumberColumn& number = numbers[static_cast<size_t>(column)];
  std::vector<int> lines;
  bool text = false;
  std::optional<double> fraction;
  for (size_t row = 0; row < number.states.size(); ++row) {
    const CellState state = number.states[row];
    if (state == CellState::kNumber ||
        (state == CellState::kMissing && column == RunColumn::kDecodeSeconds)) {
      continue;
    }
    text = text || state == CellState::kText || state == CellState::kAbsurd;
    if (state == CellState::kAbsurd && !fraction &&
        IsFractionOfShape(column, number.values[row])) {
      fraction = number.values[row];
    }
    lines.push_back(cells.line[row]);
  }
  if (lines.empty()) return;
  cells.notes.push_back(absl::StrFormat(
      "%s is not used: %d of %d rows have no %s there (%s)%s",
      RunColumnName(column), lines.size(), number.states.size(),
      fraction ? absl::StrFormat("whole number, such as %.6g,", *fraction)
               : "number",
      ShownLines(lines),
      text ? "" : "; a law that needs it (--law) leaves them out"));
  number = {};
}

}  // namespace

absl::Status CleanRows(absl::string_view file, const RunFormat& format,
                       const std::vector<RunColumn>& needed, RunCells& cells,
                       NumberColumns& numbers) {
  const size_t rows = cells.line.size();
  std::vector<bool> keep(rows, true);
  std::map<std::string, std::vector<int>> reasons;
  for (size_t row = 0; row < rows; ++row) {
    for (const RunColumn column : needed) {
      const NumberColumn& number = numbers[static_cast<size_t>(column)];
      if (number.states.empty()) continue;
      const CellState state = number.states[row];
      if (state == CellState::kNumber) continue;
      if (format.strict || state == CellState::kText ||
          state == CellState::kAbsurd) {
        return BadCell(cells, numbers, column, row, file);
      }
      if (!keep[row]) continue;
      keep[row] = false;
      reasons[Reason(column, state)].push_back(cells.line[row]);
    }
  }
  if (!reasons.empty()) {
    const auto left_out = std::count(keep.begin(), keep.end(), false);
    const std::string note = absl::StrFormat(
        "%d of %d rows left out: %s", left_out, rows,
        absl::StrJoin(reasons, ", ", [](std::string* out, const auto& reason) {
          absl::StrAppend(out, reason.first, " (", ShownLines(reason.second),
                          ")");
        }));
    if (left_out == static_cast<std::ptrdiff_t>(rows)) {
      return absl::FailedPreconditionError(
          absl::StrCat(file, ": no row is left, ", note,
                       "; complete them, or name other columns by --column"));
    }
    cells.notes.push_back(note);
    KeepCells(keep, cells, numbers);
  }
  for (const RunColumn column : kRunColumns) {
    if (std::find(needed.begin(), needed.end(), column) == needed.end()) {
      DropIncomplete(column, cells, numbers);
    }
  }
  return absl::OkStatus();
}

}  // namespace isoshape
