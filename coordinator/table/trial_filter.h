#ifndef ISOSHAPE_COORDINATOR_TABLE_TRIAL_FILTER_H_
#define ISOSHAPE_COORDINATOR_TABLE_TRIAL_FILTER_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "coordinator/table/trial_table.h"

namespace isoshape {

// Which trials a filter such as `budget=9e11 depth>4 state:succeeded,diverged`
// keeps: those for which every term holds. docs/http.md, "Filters".
class TrialFilter {
 public:
  // One of the values, or the comparison with the one value.
  enum class Operator { kIs, kIsNot, kLess, kAtMost, kMore, kAtLeast };
  struct Term {
    int column = 0;
    Operator comparison = Operator::kIs;
    std::vector<double> numbers;     // NaN: `none`
    std::vector<std::string> texts;  // in lower case; of a column of texts
  };

  // CompareLosses must have been called since the table changed.
  bool Matches(const TrialTable& table, size_t row) const;

  bool empty() const { return terms_.empty(); }

 private:
  friend absl::StatusOr<TrialFilter> ParseTrialFilter(absl::string_view text);

  std::vector<Term> terms_;
};

// Reads a filter; an empty one keeps every trial. INVALID_ARGUMENT in one line
// that ends in the place of the fault, counted from 1 in bytes: `filter
// 'depht>4': there is no column 'depht'; did you mean 'depth'? (at 1)`.
absl::StatusOr<TrialFilter> ParseTrialFilter(absl::string_view text);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_TABLE_TRIAL_FILTER_H_
