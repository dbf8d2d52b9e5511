#ifndef ISOSHAPE_TRAINER_DATA_PERMUTATION_H_
#define ISOSHAPE_TRAINER_DATA_PERMUTATION_H_

#include <cstdint>

namespace isoshape {

// One step of splitmix64 (Steele et al. 2014): a well mixed function of `x`.
uint64_t Mix(uint64_t x);

// A random order of 0 .. size - 1 that takes no memory: a Feistel network of
// four rounds over the next power of four, walked until it falls inside (Black
// and Rogaway 2002). Equal seeds give equal orders on every machine.
class Permutation {
 public:
  // size >= 1.
  Permutation(uint64_t size, uint64_t seed);

  // The element at `index`, 0 <= index < size.
  uint64_t operator()(uint64_t index) const;

 private:
  uint64_t size_;
  uint64_t seed_;
  int half_bits_ = 1;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_DATA_PERMUTATION_H_
