#include "trainer/model/masking.h"

#include <algorithm>
#include <cmath>

#include "trainer/data/permutation.h"

namespace isoshape {

MaskedBatch MaskTokens(const Batch& batch, int64_t vocab, double fraction,
                       uint64_t seed) {
  MaskedBatch result;
  result.masked = std::clamp<int64_t>(
      std::llround(fraction * static_cast<double>(batch.context)), 1,
      batch.context);
  for (int64_t sequence = 0; sequence < batch.sequences; ++sequence) {
    const auto begin = batch.tokens.begin() + sequence * (batch.context + 1);
    const auto first = static_cast<int64_t>(result.inputs.size());
    result.inputs.insert(result.inputs.end(), begin, begin + batch.context);
    uint64_t random = Mix(seed ^ Mix(static_cast<uint64_t>(sequence) + 1));
    const Permutation order(static_cast<uint64_t>(batch.context), random);
    for (int64_t i = 0; i < result.masked; ++i) {
      const auto position =
          static_cast<int64_t>(order(static_cast<uint64_t>(i)));
      int32_t& token = result.inputs[static_cast<size_t>(first + position)];
      result.positions.push_back(position);
      random = Mix(random);
      const uint64_t tenth = random % 10;
      if (tenth < 8) {
        token = static_cast<int32_t>(vocab - 1);
      } else if (tenth == 8) {
        random = Mix(random);
        token = static_cast<int32_t>(random % static_cast<uint64_t>(vocab - 1));
      }
    }
  }
  return result;
}

}  // namespace isoshape
