// Products of bf16 pairs by tile registers: a block of C of 32 x 32 stays in
// four tiles while two of A and two of B at a time are multiplied into it
// (Intel, Optimization Reference Manual, chapter 20).
#include "trainer/cpu/kernels/tile_product.h"

#include "trainer/cpu/kernels/tile.h"
#include "trainer/cpu/kernels/vector.h"
#if defined(__AMX_BF16__)
#include "trainer/cpu/kernels/panel.h"
#endif

namespace isoshape::cpu::ISOSHAPE_INSTRUCTION_SET {
namespace {

#if defined(__AMX_BF16__)
static_assert(kTilePanel == kPanel);
#endif

constexpr int64_t kBlockRows = 2 * kTileSide;
// Pairs that are summed before C is written, so that a block of A that has to
// be copied, 32 KiB, stays in the first cache.
constexpr int64_t kDepth = 256;
// Rows of the copy begin at addresses that no power of two divides.
constexpr int64_t kCopyStride = kDepth + kTileSide;

constexpr int64_t Least(int64_t a, int64_t b) { return a < b ? a : b; }

// A part of the product: rows [row, row + rows) and pairs [begin, begin +
// length) of the depth.
struct Part {
  int64_t row, rows;
  int64_t begin, length;
};

struct Operand {
  const float* data;
  int64_t stride;
};

// The part of A as tiles load it, by rows of whole tiles: as it is, or copied
// with zeros around it.
Operand LeftOf(const Matmul& m, const Part& part, float* copy) {
  if (!m.a_transposed && part.rows == kBlockRows &&
      part.length % kTileSide == 0) {
    return {m.a + part.row * m.a_stride + part.begin, m.a_stride};
  }
  if (part.rows < kBlockRows || part.length % kTileSide != 0) {
    __builtin_memset(copy, 0, sizeof(float) * kBlockRows * kCopyStride);
  }
  if (m.a_transposed) {
    for (int64_t k = 0; k < part.length; ++k) {
      const float* from = m.a + (part.begin + k) * m.a_stride + part.row;
      for (int64_t i = 0; i < part.rows; ++i) {
        __builtin_memcpy(copy + i * kCopyStride + k, from + i, sizeof(float));
      }
    }
  } else {
    for (int64_t i = 0; i < part.rows; ++i) {
      __builtin_memcpy(copy + i * kCopyStride,
                       m.a + (part.row + i) * m.a_stride + part.begin,
                       sizeof(float) * static_cast<size_t>(part.length));
    }
  }
  return {copy, kCopyStride};
}

// B of the part's pairs and of the panel that begins at `column`.
Operand RightOf(const Matmul& m, const Part& part, int64_t column) {
  if (m.b_packed) {
    return {m.b + column * m.depth + part.begin * kTilePanel, kTilePanel};
  }
  return {m.b + part.begin * m.b_stride + column, m.b_stride};
}

template <int kRowTiles, int kColumnTiles>
void AddTiles(const float* a, int64_t a_stride, const float* b,
              int64_t b_stride) {
  LoadTile<4>(a, a_stride);
  LoadTile<6>(b, b_stride);
  MultiplyAddTiles<0, 4, 6>();
  if constexpr (kColumnTiles == 2) {
    LoadTile<7>(b + kTileSide, b_stride);
    MultiplyAddTiles<1, 4, 7>();
  }
  if constexpr (kRowTiles == 2) {
    LoadTile<5>(a + kTileSide * a_stride, a_stride);
    MultiplyAddTiles<2, 5, 6>();
    if constexpr (kColumnTiles == 2) MultiplyAddTiles<3, 5, 7>();
  }
}

// A B of so many tiles into sums [kBlockRows, kTilePanel].
template <int kRowTiles, int kColumnTiles>
void Sum(const Operand& a, const Operand& b, int64_t length, float* sums) {
  ZeroTile<0>();
  ZeroTile<1>();
  ZeroTile<2>();
  ZeroTile<3>();
  int64_t k = 0;
  for (; k + kTileSide <= length; k += kTileSide) {
    AddTiles<kRowTiles, kColumnTiles>(a.data + k, a.stride,
                                      b.data + k * b.stride, b.stride);
  }
  if (k < length) {  // what follows in B is not B's
    alignas(64) float rest[kTileSide * kTilePanel] = {};
    for (int64_t i = k; i < length; ++i) {
      __builtin_memcpy(rest + (i - k) * kTilePanel, b.data + i * b.stride,
                       sizeof(float) * kColumnTiles * kTileSide);
    }
    AddTiles<kRowTiles, kColumnTiles>(a.data + k, a.stride, rest, kTilePanel);
  }
  StoreTile<0>(sums, kTilePanel);
  if constexpr (kColumnTiles == 2) StoreTile<1>(sums + kTileSide, kTilePanel);
  if constexpr (kRowTiles == 2) {
    float* const lower = sums + kTileSide * kTilePanel;
    StoreTile<2>(lower, kTilePanel);
    if constexpr (kColumnTiles == 2) {
      StoreTile<3>(lower + kTileSide, kTilePanel);
    }
  }
}

void SumOf(int64_t rows, int64_t width, const Operand& a, const Operand& b,
           int64_t length, float* sums) {
  const bool tall = rows > kTileSide;
  if (width > kTileSide) {
    return tall ? Sum<2, 2>(a, b, length, sums) : Sum<1, 2>(a, b, length, sums);
  }
  return tall ? Sum<2, 1>(a, b, length, sums) : Sum<1, 1>(a, b, length, sums);
}

// Writes the sums of the part's rows, `width` columns from `column` on, to C,
// as Matmul says; parts of the depth after the first add to what is there.
void Write(const Matmul& m, const Part& part, int64_t column, int64_t width,
           const float* sums) {
  const bool first = part.begin == 0;
  const float* const bias = first && m.bias != nullptr ? m.bias : nullptr;
  const float* const addend = first ? m.addend : m.c;
  const Vector alpha = Broadcast(m.alpha);
  for (int64_t i = 0; i < part.rows; ++i) {
    const int64_t at = (part.row + i) * m.c_stride + column;
    for (int64_t j = 0; j < width; j += kLanes) {
      Vector sum = Load(sums + i * kTilePanel + j);
      if (bias != nullptr) sum += Load(bias + column + j);
      sum *= alpha;
      if (addend != nullptr) sum += Load(addend + at + j);
      Store(m.c + at + j, sum);
    }
  }
}

}  // namespace

void MultiplyByTiles(const Matmul& m) {
  [[maybe_unused]] const TileScope tiles;
  alignas(64) float copy[kBlockRows * kCopyStride];
  alignas(64) float sums[kBlockRows * kTilePanel];
  for (int64_t begin = 0; begin < m.depth; begin += kDepth) {
    for (int64_t row = 0; row < m.rows; row += kBlockRows) {
      const Part part = {row, Least(kBlockRows, m.rows - row), begin,
                         Least(kDepth, m.depth - begin)};
      const Operand a = LeftOf(m, part, copy);
      for (int64_t column = 0; column < m.columns; column += kTilePanel) {
        const int64_t width = Least(kTilePanel, m.columns - column);
        SumOf(part.rows, width, a, RightOf(m, part, column), part.length, sums);
        Write(m, part, column, width, sums);
      }
    }
  }
}

}  // namespace isoshape::cpu::ISOSHAPE_INSTRUCTION_SET
