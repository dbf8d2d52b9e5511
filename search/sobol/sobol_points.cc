#include "search/sobol/sobol_points.h"

namespace isoshape {
namespace {

constexpr int kBits = 32;

// splitmix64's finalizer (Steele, Lea & Flood 2014).
uint64_t Mix(uint64_t x) {
  x += 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

// Flips each bit by a coin that depends on all bits above it.
uint32_t OwenScramble(uint32_t x, uint64_t key) {
  uint32_t flips = 0;
  for (int bit = kBits - 1; bit >= 0; --bit) {
    // 1 in front of the bits above, so that prefixes of all lengths differ.
    const uint64_t prefix =
        (uint64_t{1} << (kBits - 1 - bit)) | (uint64_t{x} >> (bit + 1));
    flips |= static_cast<uint32_t>(Mix(key ^ Mix(prefix)) >> 63) << bit;
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
  return {OwenScramble(first, Mix(2 * seed)) * scale,
          OwenScramble(second, Mix(2 * seed + 1)) * scale};
}

}  // namespace isoshape
