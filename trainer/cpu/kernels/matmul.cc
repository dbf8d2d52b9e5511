// Matrix products by register tiles: a tile of C stays in registers while one
// row of B and one column of A after another are multiplied into it.
#include "trainer/cpu/kernels/matmul.h"

#include "trainer/cpu/kernels/vector.h"

namespace isoshape::cpu::ISOSHAPE_INSTRUCTION_SET {
namespace {

// A tile is kTileRows x kPanel: with 16 lanes 16 of 32 registers, with 8 lanes
// 12 of 16, with 4 lanes 8 of 16.
constexpr int kVectors = 2;
constexpr int64_t kPanel = kVectors * kLanes;
#if defined(__AVX512F__)
constexpr int kTileRows = 8;
#elif defined(__AVX2__)
constexpr int kTileRows = 6;
#else
constexpr int kTileRows = 4;
#endif

// One tile of C at `c`, from A's element (0, 0) of these rows at `a` and B's of
// these columns at `b`.
template <int kRows, int kCount, bool kTransposed>
void Tile(const Matmul& m, const float* a, const float* b, int64_t b_stride,
          const float* bias, const float* addend, float* c) {
  Vector sums[kRows][kCount] = {};
  const int64_t step = kTransposed ? m.a_stride : 1;
  const int64_t row = kTransposed ? 1 : m.a_stride;
  for (int64_t k = 0; k < m.depth; ++k) {
    Vector right[kCount];
#pragma GCC unroll 2
    for (int v = 0; v < kCount; ++v) right[v] = Load(b + v * kLanes);
#pragma GCC unroll 8
    for (int i = 0; i < kRows; ++i) {
      const Vector left = Broadcast(a[i * row]);
#pragma GCC unroll 2
      for (int v = 0; v < kCount; ++v) sums[i][v] += left * right[v];
    }
    a += step;
    b += b_stride;
  }
  const Vector alpha = Broadcast(m.alpha);
#pragma GCC unroll 8
  for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 2
    for (int v = 0; v < kCount; ++v) {
      float* to = c + i * m.c_stride + v * kLanes;
      Vector sum = sums[i][v];
      if (bias != nullptr) sum += Load(bias + v * kLanes);
      sum *= alpha;
      if (addend != nullptr) {
        sum += Load(addend + i * m.c_stride + v * kLanes);
      }
      Store(to, sum);
    }
  }
}

template <int kCount, bool kTransposed>
void TileOfRows(int64_t rows, const Matmul& m, const float* a, const float* b,
                int64_t b_stride, const float* bias, const float* addend,
                float* c) {
  switch (rows) {
#define ISOSHAPE_ROWS(N) \
  case N:                \
    return Tile<N, kCount, kTransposed>(m, a, b, b_stride, bias, addend, c);
    ISOSHAPE_ROWS(1)
    ISOSHAPE_ROWS(2)
    ISOSHAPE_ROWS(3)
#if defined(__AVX2__)
    ISOSHAPE_ROWS(4)
    ISOSHAPE_ROWS(5)
#endif
#if defined(__AVX512F__)
    ISOSHAPE_ROWS(6)
    ISOSHAPE_ROWS(7)
#endif
#undef ISOSHAPE_ROWS
    default:
      return Tile<kTileRows, kCount, kTransposed>(m, a, b, b_stride, bias,
                                                  addend, c);
  }
}

// All rows of one panel of columns.
template <int kCount, bool kTransposed>
void Panel(const Matmul& m, const float* b, int64_t b_stride, int64_t column) {
  const float* bias = m.bias == nullptr ? nullptr : m.bias + column;
  for (int64_t i = 0; i < m.rows; i += kTileRows) {
    const int64_t rows = m.rows - i < kTileRows ? m.rows - i : kTileRows;
    const float* a = m.a + (kTransposed ? i : i * m.a_stride);
    const int64_t at = i * m.c_stride + column;
    TileOfRows<kCount, kTransposed>(
        rows, m, a, b, b_stride, bias,
        m.addend == nullptr ? nullptr : m.addend + at, m.c + at);
  }
}

template <bool kTransposed>
void Panels(const Matmul& m) {
  const int64_t stride = m.b_packed ? kPanel : m.b_stride;
  const int64_t step = m.b_packed ? kPanel * m.depth : kPanel;
  const float* b = m.b;
  for (int64_t column = 0; column < m.columns; column += kPanel, b += step) {
    if (m.columns - column >= kPanel) {
      Panel<kVectors, kTransposed>(m, b, stride, column);
    } else {
      Panel<1, kTransposed>(m, b, stride, column);
    }
  }
}

}  // namespace

void Multiply(const Matmul& m) {
  if (m.a_transposed) {
    Panels<true>(m);
  } else {
    Panels<false>(m);
  }
}

int64_t PackedSize(int64_t depth, int64_t columns) {
  return (columns + kPanel - 1) / kPanel * kPanel * depth;
}

void Pack(const float* from, int64_t stride, int64_t depth, int64_t columns,
          bool transposed, float* to) {
  for (int64_t column = 0; column < columns; column += kPanel) {
    const int64_t width = columns - column < kPanel ? columns - column : kPanel;
    for (int64_t k = 0; k < depth; ++k, to += kPanel) {
      const float* row =
          transposed ? from + column * stride + k : from + k * stride + column;
      const int64_t next = transposed ? stride : 1;
      for (int64_t i = 0; i < width; ++i) to[i] = row[i * next];
      for (int64_t i = width; i < kPanel; ++i) to[i] = 0;
    }
  }
}

}  // namespace isoshape::cpu::ISOSHAPE_INSTRUCTION_SET
