#ifndef ISOSHAPE_TRAINER_DATA_SYNTHETIC_RANDOM_STREAM_H_
#define ISOSHAPE_TRAINER_DATA_SYNTHETIC_RANDOM_STREAM_H_

#include <cstddef>
#include <cstdint>
#include <utility>

#include "trainer/data/permutation.h"

namespace isoshape {

// Random numbers of splitmix64, the same on every machine.
class RandomStream {
 public:
  explicit RandomStream(uint64_t seed) : state_(Mix(seed)) {}

  uint64_t Next() {
    const uint64_t value = Mix(state_);
    state_ += 0x9e3779b97f4a7c15u;
    return value;
  }

  // A number in [0, bound), 1 <= bound < 2^32, whose probability is off from
  // uniform by less than 2^-32.
  int64_t Below(int64_t bound) {
    return static_cast<int64_t>((Next() >> 32) * static_cast<uint64_t>(bound) >>
                                32);
  }

  // A number in (0, 1).
  double Uniform() {
    return (static_cast<double>(Next() >> 11) + 0.5) * 0x1p-53;
  }

 private:
  uint64_t state_;
};

// Puts `items` in a uniformly random order (Fisher and Yates).
template <typename Items>
void Shuffle(Items& items, RandomStream& random) {
  for (auto left = static_cast<int64_t>(items.size()); left > 1; --left) {
    std::swap(items[static_cast<size_t>(random.Below(left))],
              items[static_cast<size_t>(left - 1)]);
  }
}

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_DATA_SYNTHETIC_RANDOM_STREAM_H_
