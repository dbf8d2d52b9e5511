#include "trainer/data/synthetic/recall.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace isoshape {
namespace {

// Weights of slots are i^(kPower - 1), as in zoology.
constexpr double kPower = 0.01;

// `count` distinct numbers of `min` .. `min + size - 1` in random order.
std::vector<int32_t> Choose(int64_t count, int64_t min, int64_t size,
                            RandomStream& random) {
  std::vector<int32_t> chosen;
  const Permutation order(static_cast<uint64_t>(size), random.Next());
  for (int64_t i = 0; i < count; ++i) {
    chosen.push_back(static_cast<int32_t>(min) +
                     static_cast<int32_t>(order(static_cast<uint64_t>(i))));
  }
  return chosen;
}

// `count` distinct slots of `size`, as if drawn one after another by their
// weights: the smallest of exponential times of those rates (Efraimidis and
// Spirakis 2006).
std::vector<int64_t> ChooseSlots(int64_t count, int64_t size,
                                 RandomStream& random) {
  std::vector<std::pair<double, int64_t>> times;
  for (int64_t slot = 0; slot < size; ++slot) {
    const double weight = std::pow(static_cast<double>(slot + 1), kPower - 1);
    times.emplace_back(-std::log(random.Uniform()) / weight, slot);
  }
  std::partial_sort(times.begin(), times.begin() + count, times.end());
  std::vector<int64_t> slots;
  for (int64_t i = 0; i < count; ++i) {
    slots.push_back(times[static_cast<size_t>(i)].second);
  }
  return slots;
}

}  // namespace

void RecallSource::Append(int64_t context, RandomStream& random,
                          Batch& batch) const {
  const int64_t pairs = task_.pairs;
  const int64_t half = task_.vocab / 2;
  const std::vector<int32_t> keys = Choose(pairs, 1, half - 1, random);
  const std::vector<int32_t> values =
      Choose(pairs, half, task_.vocab - half, random);
  const std::vector<int64_t> slots =
      ChooseSlots(pairs, (context + 1) / 2 - pairs, random);

  const size_t first = batch.tokens.size();
  batch.tokens.resize(first + static_cast<size_t>(context + 1), 0);
  const auto put = [&](int64_t at, int64_t pair) {
    batch.tokens[first + static_cast<size_t>(at)] =
        keys[static_cast<size_t>(pair)];
    batch.tokens[first + static_cast<size_t>(at + 1)] =
        values[static_cast<size_t>(pair)];
  };
  const auto answers = static_cast<int64_t>(batch.positions.size());
  for (int64_t pair = 0; pair < pairs; ++pair) {
    const int64_t at = 2 * (pairs + slots[static_cast<size_t>(pair)]);
    put(2 * pair, pair);
    put(at, pair);
    batch.positions.push_back(at);  // predicts token at + 1
  }
  std::sort(batch.positions.begin() + answers, batch.positions.end());
}

}  // namespace isoshape
