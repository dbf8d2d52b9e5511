#include "scaling/runs/run_weights.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "scaling/runs/keep_rows.h"
#include "scaling/tables/file_error.h"
#include "scaling/tables/number_text.h"

namespace isoshape {
absl::StatusOr<NumberColumn> TakeWeights(absl::string_view file,
                                         RunCells& cells) {
  const std::vector<Cell>& texts = cells.Of(RunColumn::kWeight);
  NumberColumn weights;
  std::vector<bool> keep;
  std::vector<int> zero;
  for (size_t row = 0; row < texts.size(); ++row) {
    const Cell& cell = texts[row];
    // Weights are small: what a comma separates are decimals.
    const std::optional<double> value = ParseNumber(
        cell.text, {.comma = Mark::kDecimal, .dot = Mark::kDecimal});
    if (!value || !(std::isfinite(*value) && *value >= 0)) {
      return ErrorAt(
          file, cell.line, cell.column,
          cell.text.empty()
              ? std::string(
                    "the weight is blank; give every run a number of at least "
                    "0, which leaves it out, or take the column away")
              : absl::StrCat("weight ", Shown(cell.text),
                             " is not a finite number of at least 0; correct "
                             "it, or write 0 to leave the run out"));
    }
    keep.push_back(*value > 0);
    if (*value > 0) {
      weights.values.push_back(*value);
      weights.states.push_back(CellState::kNumber);
    } else {
      zero.push_back(cells.line[row]);
    }
  }
  if (zero.empty()) return weights;
  if (weights.values.empty()) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "%s: all %d rows have weight 0; give those that count another", file,
        zero.size()));
  }
  cells.notes.push_back(absl::StrFormat("%d of %d rows left out: weight 0 (%s)",
                                        zero.size(), keep.size(),
                                        ShownLines(zero)));
  KeepRows(keep, cells.line);
  for (std::vector<Cell>& column : cells.cells) {
    if (!column.empty()) KeepRows(keep, column);
  }
  return weights;
}

std::vector<double> RelativeWeights(std::vector<double> weights,
                                    std::vector<std::string>& notes) {
  if (weights.empty()) return weights;
  const auto [low, high] = std::minmax_element(weights.begin(), weights.end());
  if (*low == *high) {
    notes.emplace_back("all weights are equal, and change nothing");
    return {};
  }
  notes.push_back(
      absl::StrFormat("runs count by the column weight, from %.4g to %.4g, "
                      "relative to its mean",
                      *low, *high));
  double mean = 0;
  for (const double one : weights) {
    mean += one / static_cast<double>(weights.size());
  }
  for (double& one : weights) one /= mean;
  return weights;
}

}  // namespace isoshape
