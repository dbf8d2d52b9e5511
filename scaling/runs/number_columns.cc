#include "scaling/runs/number_columns.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status_macros.h"
#include "scaling/runs/file_error.h"
#include "scaling/runs/number_text.h"

namespace isoshape {
namespace {

bool IsNumeric(RunColumn column) {
  return column != RunColumn::kSeed && column != RunColumn::kRun;
}

// A number of the file that says what a mark is.
struct Witness {
  Mark mark = Mark::kUnknown;
  Cell cell = {};
};

absl::Status Agree(Mark mark, const Cell& cell, const char* name,
                   absl::string_view file, Witness& witness) {
  if (mark == Mark::kUnknown) return absl::OkStatus();
  if (witness.mark == Mark::kUnknown) witness = {mark, cell};
  if (witness.mark == mark) return absl::OkStatus();
  const auto what = [name](Mark m) {
    return absl::StrCat(
        name, m == Mark::kDecimal ? " before decimals" : "s between thousands");
  };
  return ErrorAt(
      file, cell.line, cell.column,
      absl::StrFormat("%s has a %s, where %s of line %d has %s; write all "
                      "numbers in one way",
                      Shown(cell.text), what(mark), Shown(witness.cell.text),
                      witness.cell.line, what(witness.mark)));
}

// Whether ParseNumber needs to know about marks: a comma, or several dots.
bool HasMarks(absl::string_view text) {
  return absl::StrContains(text, ',') || text.find('.') != text.rfind('.');
}

absl::StatusOr<NumberMarks> MarksOfFile(const RunCells& cells,
                                        absl::string_view file) {
  bool any = false;
  for (const RunColumn column : kRunColumns) {
    for (const Cell& cell : cells.Of(column)) {
      any = any || (IsNumeric(column) && HasMarks(cell.text));
    }
  }
  if (!any) return NumberMarks{};
  Witness comma;
  Witness dot;
  for (const RunColumn column : kRunColumns) {
    if (!IsNumeric(column)) continue;
    for (const Cell& cell : cells.Of(column)) {
      const NumberMarks marks = MarksOf(cell.text);
      // A text is no witness of how numbers are written.
      if ((marks.comma == Mark::kUnknown && marks.dot == Mark::kUnknown) ||
          !ParseNumber(cell.text, marks)) {
        continue;
      }
      ISOSHAPE_RETURN_IF_ERROR(Agree(marks.comma, cell, "comma", file, comma));
      ISOSHAPE_RETURN_IF_ERROR(Agree(marks.dot, cell, "dot", file, dot));
    }
  }
  return NumberMarks{comma.mark, dot.mark};
}

// What a comma of the column is if no number of the file says.
Mark CommaOf(RunColumn column, char delimiter) {
  if (column == RunColumn::kWidth || column == RunColumn::kDepth) {
    return Mark::kGroups;
  }
  const bool decimal = column == RunColumn::kLoss ||
                       column == RunColumn::kDecodeSeconds ||
                       (delimiter != ',' && delimiter != 0);
  return decimal ? Mark::kDecimal : Mark::kGroups;
}

NumberColumn ParseColumn(const std::vector<Cell>& cells,
                         const NumberMarks& marks) {
  NumberColumn column;
  column.values.reserve(cells.size());
  column.states.reserve(cells.size());
  for (const Cell& cell : cells) {
    const std::optional<double> value = ParseNumber(cell.text, marks);
    CellState state = CellState::kNumber;
    if (!value) {
      state = IsMissing(cell.text) ? CellState::kMissing : CellState::kText;
    } else if (!std::isfinite(*value)) {
      state = CellState::kMissing;
    } else if (*value <= 0) {
      state = CellState::kNotPositive;
    }
    column.values.push_back(state == CellState::kNumber
                                ? *value
                                : std::numeric_limits<double>::quiet_NaN());
    column.states.push_back(state);
  }
  return column;
}

// The largest count that is written in a unit: models have less than 1e14
// parameters and corpora less than 1e15 tokens.
double LargestIn(double unit) { return unit >= 1e12 ? 1e3 : 1e14 / unit; }

// Multiplies by the unit that the column's name says.
void ApplyUnit(RunColumn column, const FoundColumn& found,
               NumberColumn& numbers, std::vector<std::string>& notes) {
  if (found.unit == 1 ||
      (column != RunColumn::kParams && column != RunColumn::kTokens)) {
    return;
  }
  double largest = 0;
  for (const double value : numbers.values) {
    if (value > largest) largest = value;
  }
  const bool plain = largest > LargestIn(found.unit);
  notes.push_back(
      plain ? absl::StrFormat("%s holds numbers up to %.4g, too large for its "
                              "unit %s: they are taken as they are",
                              Shown(found.name), largest, found.unit_word)
            : absl::StrFormat("the numbers of %s are taken times %g, the "
                              "unit in its name",
                              Shown(found.name), found.unit));
  if (plain) return;
  for (double& value : numbers.values) value *= found.unit;
}

}  // namespace

absl::StatusOr<NumberColumns> ParseNumbers(const RunCells& cells,
                                           absl::string_view file,
                                           std::vector<std::string>& notes) {
  ISOSHAPE_ASSIGN_OR_RETURN(const NumberMarks marks, MarksOfFile(cells, file));
  NumberColumns columns;
  for (const RunColumn column : kRunColumns) {
    const std::vector<Cell>& texts = cells.Of(column);
    if (!IsNumeric(column) || texts.empty()) continue;
    NumberMarks own = marks;
    if (marks.comma == Mark::kUnknown) {
      own.comma = CommaOf(column, cells.delimiter);
      const auto comma = std::find_if(
          texts.begin(), texts.end(),
          [](const Cell& cell) { return absl::StrContains(cell.text, ','); });
      if (comma != texts.end() && ParseNumber(comma->text, own)) {
        notes.push_back(absl::StrFormat(
            "%s %s is read as %.17g", RunColumnName(column), Shown(comma->text),
            *ParseNumber(comma->text, own)));
      }
    }
    NumberColumn& numbers = columns[static_cast<size_t>(column)];
    numbers = ParseColumn(texts, own);
    ApplyUnit(column, *cells.Found(column), numbers, notes);
  }
  return columns;
}

}  // namespace isoshape
