#include "scaling/runs/number_columns.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "common/status/status_macros.h"
#include "scaling/tables/file_error.h"
#include "scaling/tables/number_text.h"

namespace isoshape {
namespace {

// A count of parameters or tokens below it is whole: no model has 1.5. Larger
// ones are often computed.
constexpr double kMinFraction = 1000;

bool IsNumeric(RunColumn column) {
  return column != RunColumn::kSeed && column != RunColumn::kRun &&
         column != RunColumn::kWeight;  // run_weights.h
}

// A number of the file that says what a mark is.
struct Witness {
  Mark mark = Mark::kUnknown;
  Cell cell = {};
};

// `dot before decimals`, `commas between thousands`.
std::string Use(const char* name, Mark mark) {
  return absl::StrCat(name, mark == Mark::kDecimal ? " before decimals"
                                                   : "s between thousands");
}

absl::Status Contradict(const Cell& cell, const std::string& use,
                        const Cell& other, const std::string& other_use,
                        absl::string_view file) {
  return ErrorAt(
      file, cell.line, cell.column,
      absl::StrFormat("%s has %s, where %s of line %d has %s; write all "
                      "numbers in one way",
                      Shown(cell.text), use, Shown(other.text), other.line,
                      other_use));
}

absl::Status Agree(Mark mark, const Cell& cell, const char* name,
                   absl::string_view file, Witness& witness) {
  if (mark == Mark::kUnknown) return absl::OkStatus();
  if (witness.mark == Mark::kUnknown) witness = {mark, cell};
  if (witness.mark == mark) return absl::OkStatus();
  return Contradict(cell, Use(name, mark), witness.cell,
                    Use(name, witness.mark), file);
}

// Settles which of the two marks is decimal: the other separates thousands.
absl::StatusOr<NumberMarks> Reconcile(const Witness& comma, const Witness& dot,
                                      absl::string_view file) {
  NumberMarks marks{comma.mark, dot.mark};
  if (comma.mark != Mark::kUnknown && comma.mark == dot.mark) {
    const bool comma_last = comma.cell.line >= dot.cell.line;
    const Witness& last = comma_last ? comma : dot;
    const Witness& first = comma_last ? dot : comma;
    return Contradict(last.cell, Use(comma_last ? "comma" : "dot", last.mark),
                      first.cell, Use(comma_last ? "dot" : "comma", first.mark),
                      file);
  }
  const auto other = [](Mark mark) {
    return mark == Mark::kUnknown   ? mark
           : mark == Mark::kDecimal ? Mark::kGroups
                                    : Mark::kDecimal;
  };
  if (marks.comma == Mark::kUnknown) marks.comma = other(marks.dot);
  if (marks.dot == Mark::kUnknown) marks.dot = other(marks.comma);
  return marks;
}

// Whether ParseNumber needs to know about marks: a comma, or several dots.
bool HasMarks(absl::string_view text) {
  return absl::StrContains(text, ',') || text.find('.') != text.rfind('.');
}

// What marks are, and which cell says that dots are decimal.
struct MarksOfNumbers {
  NumberMarks marks = {};
  Witness dot = {};
};

absl::StatusOr<MarksOfNumbers> MarksOfFile(const RunCells& cells,
                                           absl::string_view file) {
  bool any = false;
  for (const RunColumn column : kRunColumns) {
    for (const Cell& cell : cells.Of(column)) {
      any = any || (IsNumeric(column) && HasMarks(cell.text));
    }
  }
  if (!any) return MarksOfNumbers{};
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
  ISOSHAPE_ASSIGN_OR_RETURN(const NumberMarks marks,
                            Reconcile(comma, dot, file));
  return MarksOfNumbers{marks, dot};
}

// A comma of a loss that would separate thousands, since dots are decimal
// elsewhere, is a second way of writing decimals: no loss is in the thousands.
absl::Status CheckLossCommas(const std::vector<Cell>& cells,
                             const MarksOfNumbers& found,
                             absl::string_view file) {
  if (found.dot.mark != Mark::kDecimal) return absl::OkStatus();
  for (const Cell& cell : cells) {
    if (absl::StrContains(cell.text, ',') &&
        !absl::StrContains(cell.text, '.') &&
        MarksOf(cell.text).comma == Mark::kUnknown &&
        ParseNumber(cell.text, found.marks)) {
      return Contradict(cell, "a comma", found.dot.cell,
                        Use("dot", Mark::kDecimal), file);
    }
  }
  return absl::OkStatus();
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

// The infinity that a text is: `inf` and the like, or a number beyond doubles.
std::optional<double> InfinityOf(absl::string_view text,
                                 const std::optional<double>& value) {
  if (value) return std::isinf(*value) ? value : std::nullopt;
  absl::string_view word = text;
  const bool negative = absl::ConsumePrefix(&word, "-");
  absl::ConsumePrefix(&word, "+");
  if (!absl::StartsWithIgnoreCase(word, "inf") || !IsMissing(text)) {
    return std::nullopt;
  }
  const double infinity = std::numeric_limits<double>::infinity();
  return negative ? -infinity : infinity;
}

// `may_diverge`: what is infinite is a run that failed, and its number missing;
// else it is a slip.
NumberColumn ParseColumn(const std::vector<Cell>& cells,
                         const NumberMarks& marks, bool may_diverge) {
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  NumberColumn column;
  column.values.reserve(cells.size());
  column.states.reserve(cells.size());
  const auto add = [&](CellState state, double value) {
    column.states.push_back(state);
    column.values.push_back(value);
  };
  for (const Cell& cell : cells) {
    const std::optional<double> value = ParseNumber(cell.text, marks);
    const std::optional<double> infinity =
        may_diverge ? std::nullopt : InfinityOf(cell.text, value);
    if (infinity) {
      add(CellState::kAbsurd, *infinity);
    } else if (!value) {
      add(IsMissing(cell.text) ? CellState::kMissing : CellState::kText, kNaN);
    } else if (!std::isfinite(*value)) {
      add(CellState::kMissing, kNaN);
    } else if (*value <= 0) {
      add(CellState::kNotPositive, kNaN);
    } else {
      add(CellState::kNumber, *value);
    }
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
    if (std::isfinite(value) && value > largest) largest = value;
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

void MarkAbsurd(RunColumn column, NumberColumn& numbers) {
  const NumberLimits limits = LimitsOf(column);
  const bool counts =
      column == RunColumn::kParams || column == RunColumn::kTokens;
  for (size_t i = 0; i < numbers.values.size(); ++i) {
    const double value = numbers.values[i];
    if (numbers.states[i] != CellState::kNumber ||
        (value >= limits.least && value <= limits.most &&
         (!limits.whole || (counts && value >= kMinFraction) ||
          value == std::round(value)))) {
      continue;
    }
    numbers.states[i] = CellState::kAbsurd;
  }
}

}  // namespace

NumberLimits LimitsOf(RunColumn column) {
  switch (column) {
    case RunColumn::kParams:  // the largest models have 1e13
    case RunColumn::kTokens:  // all text that was ever written has 1e16
      return {1, 1e18, true};
    case RunColumn::kLoss:  // nats per token; ln of a vocabulary is below 20
      return {1e-9, 1e6};
    case RunColumn::kFlops:  // 1e27 are the most so far; before the unit
    case RunColumn::kBudget:
      return {1e-12, 1e36};
    case RunColumn::kWidth:  // parameters stay below 64 bits
      return {1, 1e6, true};
    case RunColumn::kDepth:
      return {1, 1e5, true};
    case RunColumn::kDecodeSeconds:
      return {1e-12, 1e9};
    case RunColumn::kWeight:  // TakeWeights checks them
    case RunColumn::kSeed:
    case RunColumn::kRun:
      break;
  }
  return {};
}

absl::StatusOr<NumberColumns> ParseNumbers(const RunCells& cells,
                                           absl::string_view file,
                                           std::vector<std::string>& notes) {
  ISOSHAPE_ASSIGN_OR_RETURN(const MarksOfNumbers found,
                            MarksOfFile(cells, file));
  const NumberMarks& marks = found.marks;
  NumberColumns columns;
  for (const RunColumn column : kRunColumns) {
    const std::vector<Cell>& texts = cells.Of(column);
    if (!IsNumeric(column) || texts.empty()) continue;
    if (column == RunColumn::kLoss || column == RunColumn::kDecodeSeconds) {
      ISOSHAPE_RETURN_IF_ERROR(CheckLossCommas(texts, found, file));
    }
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
    numbers = ParseColumn(
        texts, own,
        column == RunColumn::kLoss || column == RunColumn::kDecodeSeconds);
    ApplyUnit(column, *cells.Found(column), numbers, notes);
    MarkAbsurd(column, numbers);
  }
  return columns;
}

}  // namespace isoshape
