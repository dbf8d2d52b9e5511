#ifndef ISOSHAPE_COORDINATOR_TABLE_TRIAL_TABLE_H_
#define ISOSHAPE_COORDINATOR_TABLE_TRIAL_TABLE_H_

#include <cstdint>
#include <deque>
#include <limits>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "absl/strings/string_view.h"
#include "isoshape/v1/campaign_service.pb.h"
#include "isoshape/v1/trial.pb.h"

namespace isoshape {

// What the columns say of one trial, by the index of the column.
struct TrialRow {
  explicit TrialRow(const v1::Trial& trial);

  int64_t number() const { return static_cast<int64_t>(numbers[0]); }

  std::vector<double> numbers;     // NaN in columns of texts
  std::vector<std::string> texts;  // empty in columns of numbers
};

// The trials of a campaign in columns, by number. About 300 bytes a trial. Not
// thread-safe.
class TrialTable {
 public:
  TrialTable();

  // Inserts the row, or replaces that of its number.
  void Put(const TrialRow& row);
  // The same, without the row between.
  void Put(const v1::Trial& trial);

  size_t rows() const { return columns_[0].numbers.size(); }
  // NaN if the column has texts.
  double Number(size_t row, int column) const;
  // Empty if the column has numbers.
  absl::string_view Text(size_t row, int column) const;
  // The first row of this number or a larger one.
  size_t RowFrom(int64_t number) const;

  // To be called after changes and before loss_above_best is read.
  void CompareLosses();

  // The column's values of these rows.
  void Write(int column, const std::vector<size_t>& rows,
             v1::TrialColumn* written) const;

 private:
  struct Column {
    std::vector<double> numbers;  // or
    std::vector<int32_t> codes;   // of texts
    std::deque<std::string> texts;
    std::unordered_map<std::string_view, int32_t> codes_of;  // views of texts
    int32_t last_code = -1;  // most texts are those of the trial before
  };

  // Makes room for a number, and says where.
  size_t Place(int64_t number);
  int32_t CodeOf(absl::string_view text, Column& column);

  std::vector<Column> columns_;
  bool compared_ = true;
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_TABLE_TRIAL_TABLE_H_
