#include "trainer/data/token_entropy.h"

#include <algorithm>
#include <cmath>

namespace isoshape {
namespace {

// Sum over the distinct keys of count x ln(count). Sorts `keys`.
double SumOfCounts(std::vector<uint64_t>& keys) {
  std::sort(keys.begin(), keys.end());
  double sum = 0;
  for (auto begin = keys.begin(); begin != keys.end();) {
    const auto end = std::upper_bound(begin, keys.end(), *begin);
    const double count = static_cast<double>(end - begin);
    sum += count * std::log(count);
    begin = end;
  }
  return sum;
}

std::vector<uint64_t> Keys(const std::vector<int32_t>& tokens) {
  return {tokens.begin(), tokens.end()};
}

}  // namespace

TokenEntropy MeasureEntropy(const std::vector<int32_t>& previous,
                            const std::vector<int32_t>& tokens) {
  if (tokens.empty()) return {};
  const double count = static_cast<double>(tokens.size());
  std::vector<uint64_t> single = Keys(tokens);
  std::vector<uint64_t> before = Keys(previous);
  std::vector<uint64_t> pairs = before;
  for (size_t i = 0; i < pairs.size(); ++i) {
    pairs[i] = pairs[i] << 32 | static_cast<uint64_t>(tokens[i]);
  }
  // H(x) = ln n - sum c ln c / n, and H(x | y) = H(x, y) - H(y).
  return {std::log(count) - SumOfCounts(single) / count,
          (SumOfCounts(before) - SumOfCounts(pairs)) / count};
}

}  // namespace isoshape
