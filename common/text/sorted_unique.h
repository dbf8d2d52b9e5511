#ifndef ISOSHAPE_COMMON_TEXT_SORTED_UNIQUE_H_
#define ISOSHAPE_COMMON_TEXT_SORTED_UNIQUE_H_

#include <algorithm>
#include <utility>
#include <vector>

namespace isoshape {

// Each value once, ascending.
template <typename Value>
std::vector<Value> SortedUnique(std::vector<Value> values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  return values;
}

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_TEXT_SORTED_UNIQUE_H_
