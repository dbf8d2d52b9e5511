#include "trainer/data/synthetic/pointer.h"

#include <numeric>
#include <vector>

namespace isoshape {

void PointerSource::Append(int64_t context, RandomStream& random,
                           Batch& batch) const {
  const int64_t nodes = task_.nodes;
  const auto begin = static_cast<int32_t>(nodes);
  const auto ask = static_cast<int32_t>(nodes + 1);
  // cycle[i + 1] follows cycle[i].
  std::vector<int32_t> cycle(static_cast<size_t>(nodes));
  std::iota(cycle.begin(), cycle.end(), 0);
  std::vector<int32_t> order = cycle;
  const auto node_after = [&](int64_t place, int64_t hops) {
    return cycle[static_cast<size_t>((place + hops) % nodes)];
  };
  const size_t first = batch.tokens.size();
  const int64_t length = EpisodeLength(task_);
  for (int64_t end = length; end <= context + 1; end += length) {
    Shuffle(cycle, random);
    Shuffle(order, random);
    batch.tokens.push_back(begin);
    for (const int32_t place : order) {
      batch.tokens.push_back(node_after(place, 0));
      batch.tokens.push_back(node_after(place, 1));
    }
    const int64_t place = random.Below(nodes);
    batch.tokens.push_back(ask);
    batch.tokens.push_back(node_after(place, 0));
    batch.tokens.push_back(node_after(place, task_.hops));
    batch.positions.push_back(end - 2);  // predicts token end - 1
  }
  batch.tokens.resize(first + static_cast<size_t>(context + 1), begin);
}

}  // namespace isoshape
