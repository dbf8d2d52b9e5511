#ifndef ISOSHAPE_SCALING_RUNS_KEEP_ROWS_H_
#define ISOSHAPE_SCALING_RUNS_KEEP_ROWS_H_

#include <cstddef>
#include <vector>

namespace isoshape {

// Erases the rows of a column that are not to be kept.
template <typename T>
void KeepRows(const std::vector<bool>& keep, std::vector<T>& column) {
  size_t row = 0;
  std::erase_if(column, [&](const T&) { return !keep[row++]; });
}

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_RUNS_KEEP_ROWS_H_
