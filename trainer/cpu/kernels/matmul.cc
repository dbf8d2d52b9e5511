// Matrix products by register tiles: a tile of C stays in registers while one
// row of B and one column of A after another are multiplied into it.
#include "trainer/cpu/kernels/matmul.h"

#include "trainer/cpu/kernels/panel.h"
#include "trainer/cpu/kernels/vector.h"
#if defined(__AMX_BF16__)
#include "trainer/cpu/kernels/tile_product.h"
#endif

namespace isoshape::cpu::ISOSHAPE_INSTRUCTION_SET {
namespace {

// A tile is kTileRows x kPanel: with 16 lanes 16 of 32 registers, with 8 lanes
// 12 of 16, with 4 lanes 8 of 16.
constexpr int kVectors = kPanel / kLanes;
#if defined(__AVX512F__)
constexpr int kTileRows = 8;
#elif defined(__AVX2__)
constexpr int kTileRows = 6;
#else
constexpr int kTileRows = 4;
#endif

// How A is stored, and what a float of A and B holds.
struct Plain {
  static constexpr bool kTransposed = false;
  ISOSHAPE_INLINE Vector MultiplyAdd(Vector a, Vector b, Vector sum) {
    return a * b + sum;
  }
};
struct Transposed : Plain {
  static constexpr bool kTransposed = true;
};
#if defined(__AVX512BF16__) && !defined(__AMX_BF16__)
struct Pairs {
  static constexpr bool kTransposed = false;
  ISOSHAPE_INLINE Vector MultiplyAdd(Vector a, Vector b, Vector sum) {
    return (Vector)_mm512_dpbf16_ps((__m512)sum, (__m512bh)a, (__m512bh)b);
  }
};
struct TransposedPairs : Pairs {
  static constexpr bool kTransposed = true;
};
#endif

// One tile of C at `c`, from A's element (0, 0) of these rows at `a` and B's of
// these columns at `b`.
template <int kRows, int kCount, typename Form>
void Tile(const Matmul& m, const float* a, const float* b, int64_t b_stride,
          const float* bias, const float* addend, float* c) {
  Vector sums[kRows][kCount] = {};
  const int64_t step = Form::kTransposed ? m.a_stride : 1;
  const int64_t row = Form::kTransposed ? 1 : m.a_stride;
  // C is needed when the sums are ready.
#pragma GCC unroll 8
  for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 2
    for (int v = 0; v < kCount; ++v) {
      __builtin_prefetch(c + i * m.c_stride + v * kLanes, 1);
    }
  }
  for (int64_t k = 0; k < m.depth; ++k) {
    Vector right[kCount];
#pragma GCC unroll 2
    for (int v = 0; v < kCount; ++v) right[v] = Load(b + v * kLanes);
#pragma GCC unroll 8
    for (int i = 0; i < kRows; ++i) {
      const Vector left = Broadcast(a[i * row]);
#pragma GCC unroll 2
      for (int v = 0; v < kCount; ++v) {
        sums[i][v] = Form::MultiplyAdd(left, right[v], sums[i][v]);
      }
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

template <int kCount, typename Form>
void TileOfRows(int64_t rows, const Matmul& m, const float* a, const float* b,
                int64_t b_stride, const float* bias, const float* addend,
                float* c) {
  switch (rows) {
#define ISOSHAPE_ROWS(N) \
  case N:                \
    return Tile<N, kCount, Form>(m, a, b, b_stride, bias, addend, c);
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
      return Tile<kTileRows, kCount, Form>(m, a, b, b_stride, bias, addend, c);
  }
}

// All rows of one panel of columns.
template <int kCount, typename Form>
void Panel(const Matmul& m, const float* b, int64_t b_stride, int64_t column) {
  const float* bias = m.bias == nullptr ? nullptr : m.bias + column;
  for (int64_t i = 0; i < m.rows; i += kTileRows) {
    const int64_t rows = m.rows - i < kTileRows ? m.rows - i : kTileRows;
    const float* a = m.a + (Form::kTransposed ? i : i * m.a_stride);
    const int64_t at = i * m.c_stride + column;
    TileOfRows<kCount, Form>(rows, m, a, b, b_stride, bias,
                             m.addend == nullptr ? nullptr : m.addend + at,
                             m.c + at);
  }
}

template <typename Form>
void Panels(const Matmul& m) {
  const int64_t stride = m.b_packed ? kPanel : m.b_stride;
  const int64_t step = m.b_packed ? kPanel * m.depth : kPanel;
  const float* b = m.b;
  for (int64_t column = 0; column < m.columns; column += kPanel, b += step) {
    if (m.columns - column >= kPanel) {
      Panel<kVectors, Form>(m, b, stride, column);
    } else {
      Panel<1, Form>(m, b, stride, column);
    }
  }
}

}  // namespace

void Multiply(const Matmul& m) {
#if defined(__AMX_BF16__)
  if (m.pairs) return MultiplyByTiles(m);
#elif defined(__AVX512BF16__)
  if (m.pairs) {
    return m.a_transposed ? Panels<TransposedPairs>(m) : Panels<Pairs>(m);
  }
#endif
  return m.a_transposed ? Panels<Transposed>(m) : Panels<Plain>(m);
}

}  // namespace isoshape::cpu::ISOSHAPE_INSTRUCTION_SET
