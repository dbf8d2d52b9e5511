#ifndef ISOSHAPE_COMMON_FILES_HASH_H_
#define ISOSHAPE_COMMON_FILES_HASH_H_

#include <cstdint>

#include "absl/strings/string_view.h"

namespace isoshape {

// Hashes that are the same on every machine and in every version, unlike
// absl::Hash: they are stored, and answers rest on their bits. The trainer,
// which may not use common/, has its own (trainer/files/hash.h).

// FNV-1a (Fowler, Noll and Vo).
constexpr uint64_t Fnv1a64(absl::string_view bytes) {
  uint64_t hash = 14695981039346656037u;
  for (const char byte : bytes) {
    hash = (hash ^ static_cast<unsigned char>(byte)) * 1099511628211u;
  }
  return hash;
}
constexpr uint32_t Fnv1a32(absl::string_view bytes) {
  uint32_t hash = 2166136261u;
  for (const char byte : bytes) {
    hash = (hash ^ static_cast<unsigned char>(byte)) * 16777619u;
  }
  return hash;
}

// By what SplitMix64 moves its state on.
inline constexpr uint64_t kSplitMixStep = 0x9e3779b97f4a7c15u;

// What SplitMix64 (Steele, Lea and Flood 2014) draws at this state, whose next
// one is kSplitMixStep more: a well mixed function of it.
constexpr uint64_t SplitMix64(uint64_t state) {
  state += kSplitMixStep;
  state = (state ^ (state >> 30)) * 0xbf58476d1ce4e5b9u;
  state = (state ^ (state >> 27)) * 0x94d049bb133111ebu;
  return state ^ (state >> 31);
}

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_FILES_HASH_H_
