#include "search/spread/sobol_points.h"

#include "common/files/hash.h"

namespace isoshape {
namespace {

constexpr int kBits = 32;

// Flips each bit by a coin that depends on all bits above it.
uint32_t OwenScramble(uint32_t x, uint64_t key) {
  uint32_t flips = 0;
  for (int bit = kBits - 1; bit >= 0; --bit) {
    // 1 in front of the bits above, so that prefixes of all lengths differ.
    const uint64_t prefix =
        (uint64_t{1} << (kBits - 1 - bit)) | (uint64_t{x} >> (bit + 1));
    flips |= static_cast<uint32_t>(SplitMix64(key ^ SplitMix64(prefix)) >> 63)
             << bit;
  }
  return x ^ flips;
}

}  // namespace

std::array<double, 2> ScrambledSobolPoint(uint32_t index, uint64_t seed) {
  // m_1 = 1 in both dimensions; dimension 1 is the van der Corput sequence
  // (m_k = 1), dimension 2 has the polynomial x + 1: m_k = 2 m_{k-1} ^ m_{k-1}.
  uint32_t first = 0, second = 0;
  uint32_t m = 1;
  for (int k = 1; k <= kBits; ++k) {
    if ((index >> (k - 1)) & 1) {
      first ^= uint32_t{1} << (kBits - k);
      second ^= m << (kBits - k);
    }
    m ^= m << 1;
  }
  const double scale = 1.0 / 4294967296.0;
  return {OwenScramble(first, SplitMix64(2 * seed)) * scale,
          OwenScramble(second, SplitMix64(2 * seed + 1)) * scale};
}

}  // namespace isoshape
