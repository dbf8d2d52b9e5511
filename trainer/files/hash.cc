#include "trainer/files/hash.h"

#include <cstring>

namespace isoshape {

// FNV-1a over words of 8 bytes, with a finishing mix (MurmurHash3's fmix64).
uint64_t HashBytes(const void* data, int64_t size, uint64_t seed) {
  const auto* bytes = static_cast<const uint8_t*>(data);
  uint64_t hash = 14695981039346656037u ^ static_cast<uint64_t>(size) ^ seed;
  for (int64_t i = 0; i < size; i += 8) {
    uint64_t word = 0;
    std::memcpy(&word, bytes + i, size - i < 8 ? size - i : 8);
    hash = (hash ^ word) * 1099511628211u;
    hash ^= hash >> 29;
  }
  hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccdu;
  hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53u;
  return hash ^ (hash >> 33);
}

}  // namespace isoshape
