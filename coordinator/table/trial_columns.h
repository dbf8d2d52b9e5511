#ifndef ISOSHAPE_COORDINATOR_TABLE_TRIAL_COLUMNS_H_
#define ISOSHAPE_COORDINATOR_TABLE_TRIAL_COLUMNS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "isoshape/v1/trial.pb.h"

namespace isoshape {

// A column of the table of trials: numbers or texts.
struct ColumnOfTrials {
  absl::string_view name;
  absl::string_view alias;  // what people also write in a filter; may be empty
  absl::string_view meaning;  // with its unit, for docs/http.md
  // One of the two; NaN if the trial has no such number, and for what no trial
  // tells alone (loss_above_best).
  double (*number)(const v1::Trial&) = nullptr;
  absl::string_view (*text)(const v1::Trial&) = nullptr;
};

// All of them, in the order of the documentation.
absl::Span<const ColumnOfTrials> TrialColumns();

// The index of the column of this name, or of this alias; of names alone
// without `aliases`. INVALID_ARGUMENT: `there is no column 'x'; did you mean
// 'y'?`.
absl::StatusOr<int> FindTrialColumn(absl::string_view name,
                                    bool aliases = false);

// Those of several names, each of which is there once. INVALID_ARGUMENT.
absl::StatusOr<std::vector<int>> FindTrialColumns(
    const google::protobuf::RepeatedPtrField<std::string>& names);

// Index of a column that there is.
int TrialColumnIndex(absl::string_view name);

// To 7 significant digits, as losses are drawn.
double Rounded(double value);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_TABLE_TRIAL_COLUMNS_H_
