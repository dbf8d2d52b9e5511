#include "trainer/data/permutation.h"

namespace isoshape {

// As SplitMix64 of common/files/hash.h, which the trainer may not use.
uint64_t Mix(uint64_t x) {
  x += 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

Permutation::Permutation(uint64_t size, uint64_t seed)
    : size_(size), seed_(Mix(seed)) {
  while (half_bits_ < 31 && (uint64_t{1} << (2 * half_bits_)) < size) {
    ++half_bits_;
  }
}

uint64_t Permutation::operator()(uint64_t index) const {
  const uint64_t mask = (uint64_t{1} << half_bits_) - 1;
  do {
    uint64_t left = index >> half_bits_;
    uint64_t right = index & mask;
    for (uint64_t round = 0; round < 4; ++round) {
      const uint64_t turned = left ^ (Mix(right ^ Mix(seed_ + round)) & mask);
      left = right;
      right = turned;
    }
    index = left << half_bits_ | right;
  } while (index >= size_);
  return index;
}

}  // namespace isoshape
