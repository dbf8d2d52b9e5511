#ifndef ISOSHAPE_COORDINATOR_TABLE_MATCHING_ROWS_H_
#define ISOSHAPE_COORDINATOR_TABLE_MATCHING_ROWS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "coordinator/table/trial_filter.h"
#include "coordinator/table/trial_table.h"

namespace isoshape {

// The rows that a filter keeps, of these trials by number or, if none are
// named, of all; numbers that there are not are passed over.
std::vector<size_t> MatchingRows(const TrialTable& table,
                                 const TrialFilter& filter,
                                 absl::Span<const int64_t> numbers);

// At most `most` of the rows, spread evenly over them from the first to the
// last.
std::vector<size_t> SpreadRows(const std::vector<size_t>& rows, size_t most);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_TABLE_MATCHING_ROWS_H_
