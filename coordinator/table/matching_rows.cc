#include "coordinator/table/matching_rows.h"

#include <numeric>
#include <set>

namespace isoshape {

std::vector<size_t> MatchingRows(const TrialTable& table,
                                 const TrialFilter& filter,
                                 absl::Span<const int64_t> numbers) {
  std::vector<size_t> rows;
  if (numbers.empty()) {
    rows.resize(table.rows());
    std::iota(rows.begin(), rows.end(), size_t{0});
  } else {
    for (const int64_t number :
         std::set<int64_t>(numbers.begin(), numbers.end())) {
      const size_t row = table.RowFrom(number);
      if (row < table.rows() &&
          table.Number(row, 0) == static_cast<double>(number)) {
        rows.push_back(row);
      }
    }
  }
  if (!filter.empty()) {
    std::erase_if(rows,
                  [&](size_t row) { return !filter.Matches(table, row); });
  }
  return rows;
}

std::vector<size_t> SpreadRows(const std::vector<size_t>& rows, size_t most) {
  if (rows.size() <= most) return rows;
  if (most == 1) return {rows.front()};
  std::vector<size_t> spread;
  for (size_t i = 0; i < most; ++i) {
    spread.push_back(rows[i * (rows.size() - 1) / (most - 1)]);
  }
  return spread;
}

}  // namespace isoshape
