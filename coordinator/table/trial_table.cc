#include "coordinator/table/trial_table.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "coordinator/table/trial_columns.h"

namespace isoshape {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

struct LossColumns {
  int state = TrialColumnIndex("state");
  int purpose = TrialColumnIndex("purpose");
  int variant = TrialColumnIndex("variant");
  int excluded = TrialColumnIndex("excluded");
  int budget = TrialColumnIndex("budget_flops");
  int loss = TrialColumnIndex("validation_loss");
  int above = TrialColumnIndex("loss_above_best");
};

}  // namespace

TrialRow::TrialRow(const v1::Trial& trial)
    : numbers(TrialColumns().size(), kNone), texts(TrialColumns().size()) {
  for (size_t i = 0; i < TrialColumns().size(); ++i) {
    const ColumnOfTrials& column = TrialColumns()[i];
    if (column.number != nullptr) {
      numbers[i] = column.number(trial);
    } else {
      texts[i] = std::string(column.text(trial));
    }
  }
}

TrialTable::TrialTable() : columns_(TrialColumns().size()) {}

size_t TrialTable::RowFrom(int64_t number) const {
  const std::vector<double>& numbers = columns_[0].numbers;
  return static_cast<size_t>(std::lower_bound(numbers.begin(), numbers.end(),
                                              static_cast<double>(number)) -
                             numbers.begin());
}

size_t TrialTable::Place(int64_t number) {
  compared_ = false;
  const size_t row = RowFrom(number);
  if (row < rows() && Number(row, 0) == static_cast<double>(number)) return row;
  const auto at = static_cast<std::ptrdiff_t>(row);
  for (size_t i = 0; i < columns_.size(); ++i) {
    Column& column = columns_[i];
    if (TrialColumns()[i].number != nullptr) {
      column.numbers.insert(column.numbers.begin() + at,
                            static_cast<double>(number));
    } else {
      column.codes.insert(column.codes.begin() + at, 0);
    }
  }
  return row;
}

int32_t TrialTable::CodeOf(absl::string_view text, Column& column) {
  if (column.last_code >= 0 && column.texts[column.last_code] == text) {
    return column.last_code;
  }
  const auto it = column.codes_of.find({text.data(), text.size()});
  if (it != column.codes_of.end()) return column.last_code = it->second;
  column.last_code = static_cast<int32_t>(column.texts.size());
  column.codes_of.emplace(column.texts.emplace_back(text), column.last_code);
  return column.last_code;
}

void TrialTable::Put(const TrialRow& given) {
  const size_t row = Place(given.number());
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (TrialColumns()[i].number != nullptr) {
      columns_[i].numbers[row] = given.numbers[i];
    } else {
      columns_[i].codes[row] = CodeOf(given.texts[i], columns_[i]);
    }
  }
}

void TrialTable::Put(const v1::Trial& trial) {
  const size_t row =
      Place(static_cast<int64_t>(TrialColumns()[0].number(trial)));
  for (size_t i = 0; i < columns_.size(); ++i) {
    const ColumnOfTrials& column = TrialColumns()[i];
    if (column.number != nullptr) {
      columns_[i].numbers[row] = column.number(trial);
    } else {
      columns_[i].codes[row] = CodeOf(column.text(trial), columns_[i]);
    }
  }
}

double TrialTable::Number(size_t row, int column) const {
  const std::vector<double>& numbers = columns_[column].numbers;
  return numbers.empty() ? kNone : numbers[row];
}

absl::string_view TrialTable::Text(size_t row, int column) const {
  const Column& texts = columns_[column];
  return texts.codes.empty() ? absl::string_view()
                             : texts.texts[texts.codes[row]];
}

void TrialTable::CompareLosses() {
  if (compared_) return;
  compared_ = true;
  static const LossColumns at;
  std::map<std::pair<double, absl::string_view>, double> best;
  for (size_t row = 0; row < rows(); ++row) {
    const double loss = Number(row, at.loss);
    if (std::isnan(loss) || std::isnan(Number(row, at.budget)) ||
        Text(row, at.state) != "succeeded" ||
        Text(row, at.purpose) == "verification" ||
        Text(row, at.purpose) == "imported" || Number(row, at.excluded) != 0) {
      continue;
    }
    const auto [it, added] = best.emplace(
        std::pair(Number(row, at.budget), Text(row, at.variant)), loss);
    if (!added) it->second = std::min(it->second, loss);
  }
  for (size_t row = 0; row < rows(); ++row) {
    const double budget = Number(row, at.budget);
    const auto it = std::isnan(budget)
                        ? best.end()
                        : best.find({budget, Text(row, at.variant)});
    columns_[at.above].numbers[row] =
        it == best.end() ? kNone : Rounded(Number(row, at.loss) - it->second);
  }
}

void TrialTable::Write(int column, const std::vector<size_t>& rows,
                       v1::TrialColumn* written) const {
  const Column& values = columns_[column];
  written->set_name(std::string(TrialColumns()[column].name));
  if (TrialColumns()[column].number != nullptr) {
    written->mutable_numbers()->Reserve(static_cast<int>(rows.size()));
    for (const size_t row : rows) {
      written->mutable_numbers()->AddAlreadyReserved(values.numbers[row]);
    }
    return;
  }
  // Codes anew: in order of appearance, and of the texts that appear alone.
  std::vector<int32_t> given(values.texts.size(), -1);
  written->mutable_codes()->Reserve(static_cast<int>(rows.size()));
  for (const size_t row : rows) {
    int32_t& code = given[values.codes[row]];
    if (code < 0) {
      code = written->texts_size();
      written->add_texts(values.texts[values.codes[row]]);
    }
    written->mutable_codes()->AddAlreadyReserved(code);
  }
}

}  // namespace isoshape
