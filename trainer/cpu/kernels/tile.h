#ifndef ISOSHAPE_TRAINER_CPU_KERNELS_TILE_H_
#define ISOSHAPE_TRAINER_CPU_KERNELS_TILE_H_

// The tile registers of AMX (Intel SDM, volume 1, chapter 18): eight of 16 rows
// of 64 bytes. Without AMX they are arrays in memory, slow and the same to the
// caller, so that what is built on them can be tested on every machine.

#include <stdint.h>

#include "trainer/cpu/kernels/vector.h"

namespace isoshape::cpu::ISOSHAPE_INSTRUCTION_SET {

// Rows of a tile, and floats or pairs of bf16 of a row.
inline constexpr int64_t kTileSide = 16;

#if defined(__AMX_BF16__)

// The thread's tiles are usable, and all of them whole, as long as it lives.
class TileScope {
 public:
  TileScope() {
    alignas(64) static constexpr struct {
      uint8_t palette = 1;
      uint8_t start_row = 0;
      uint8_t reserved[14] = {};
      uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
      uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
    } kAllWhole;
    static_assert(sizeof kAllWhole == 64);
    __asm__ volatile("ldtilecfg %0" : : "m"(kAllWhole));
  }
  // Tiles in use make every switch to another thread slower by 8 KiB.
  ~TileScope() { __asm__ volatile("tilerelease"); }
  TileScope(const TileScope&) = delete;
  TileScope& operator=(const TileScope&) = delete;
};

template <int kTile>
ISOSHAPE_INLINE void ZeroTile() {
  __asm__ volatile("tilezero %%tmm%c0" : : "i"(kTile));
}

// Rows begin `stride` floats apart.
template <int kTile>
ISOSHAPE_INLINE void LoadTile(const float* from, int64_t stride) {
  __asm__ volatile("tileloadd (%0,%1,1), %%tmm%c2"
                   :
                   : "r"(from), "r"(stride * 4), "i"(kTile)
                   : "memory");
}

template <int kTile>
ISOSHAPE_INLINE void StoreTile(float* to, int64_t stride) {
  __asm__ volatile("tilestored %%tmm%c2, (%0,%1,1)"
                   :
                   : "r"(to), "r"(stride * 4), "i"(kTile)
                   : "memory");
}

// kSum [i, j] += sum over pairs k of kLeft [i, k] . kRight [k, j].
template <int kSum, int kLeft, int kRight>
ISOSHAPE_INLINE void MultiplyAddTiles() {
  __asm__ volatile("tdpbf16ps %%tmm%c2, %%tmm%c1, %%tmm%c0"
                   :
                   : "i"(kSum), "i"(kLeft), "i"(kRight));
}

#else

inline float tiles_in_memory[8][kTileSide][kTileSide];

class TileScope {};

template <int kTile>
ISOSHAPE_INLINE void ZeroTile() {
  __builtin_memset(tiles_in_memory[kTile], 0, sizeof tiles_in_memory[kTile]);
}

template <int kTile>
ISOSHAPE_INLINE void LoadTile(const float* from, int64_t stride) {
  for (int64_t i = 0; i < kTileSide; ++i) {
    __builtin_memcpy(tiles_in_memory[kTile][i], from + i * stride, 64);
  }
}

template <int kTile>
ISOSHAPE_INLINE void StoreTile(float* to, int64_t stride) {
  for (int64_t i = 0; i < kTileSide; ++i) {
    __builtin_memcpy(to + i * stride, tiles_in_memory[kTile][i], 64);
  }
}

// A number of a pair, `half` 0 or 1: bf16 is the upper half of a float.
ISOSHAPE_INLINE float NumberOfPair(const float& pair, int half) {
  uint32_t bits;
  __builtin_memcpy(&bits, &pair, sizeof bits);
  bits = half == 0 ? bits << 16 : bits & 0xffff0000u;
  float number;
  __builtin_memcpy(&number, &bits, sizeof number);
  return number;
}

template <int kSum, int kLeft, int kRight>
ISOSHAPE_INLINE void MultiplyAddTiles() {
  for (int64_t i = 0; i < kTileSide; ++i) {
    for (int64_t k = 0; k < kTileSide; ++k) {
      for (int64_t j = 0; j < kTileSide; ++j) {
        for (int half = 0; half < 2; ++half) {
          tiles_in_memory[kSum][i][j] +=
              NumberOfPair(tiles_in_memory[kLeft][i][k], half) *
              NumberOfPair(tiles_in_memory[kRight][k][j], half);
        }
      }
    }
  }
}

#endif

}  // namespace isoshape::cpu::ISOSHAPE_INSTRUCTION_SET

#endif  // ISOSHAPE_TRAINER_CPU_KERNELS_TILE_H_
