#include "scaling/statistics/pareto_front.h"

#include <algorithm>
#include <cstddef>
#include <numeric>

namespace isoshape {
namespace {

bool IsAsGoodInAll(const std::vector<double>& a, const std::vector<double>& b) {
  for (size_t k = 0; k < a.size(); ++k) {
    if (!(a[k] <= b[k])) return false;
  }
  return true;
}

}  // namespace

std::vector<bool> ParetoFront(const std::vector<std::vector<double>>& rows) {
  std::vector<size_t> order(rows.size());
  std::iota(order.begin(), order.end(), size_t{0});
  // What is as good in all comes before, so that only rows that are on the
  // front already need be looked at.
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return rows[a] < rows[b]; });
  std::vector<bool> front(rows.size(), false);
  std::vector<size_t> on_front;
  for (const size_t row : order) {
    front[row] = std::none_of(
        on_front.begin(), on_front.end(),
        [&](size_t one) { return IsAsGoodInAll(rows[one], rows[row]); });
    if (front[row]) on_front.push_back(row);
  }
  return front;
}

}  // namespace isoshape
