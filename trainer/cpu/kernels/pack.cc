// Operands in the forms that tiles of products read.
#include "trainer/cpu/kernels/pack.h"

#include "trainer/cpu/kernels/panel.h"
#include "trainer/cpu/kernels/vector.h"

namespace isoshape::cpu::ISOSHAPE_INSTRUCTION_SET {

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

#if defined(__AVX512BF16__)

void RowsToBf16(const float* from, int64_t stride, int64_t rows,
                int64_t columns, float* to, int64_t to_stride) {
  for (int64_t row = 0; row < rows; ++row) {
    const float* x = from + row * stride;
    float* y = to + row * to_stride;
    int64_t i = 0;
    for (; i + 2 * kLanes <= columns; i += 2 * kLanes, y += kLanes) {
      Store(y, (Vector)_mm512_cvtne2ps_pbh((__m512)Load(x + i + kLanes),
                                           (__m512)Load(x + i)));
    }
    if (i < columns) {
      const __m256bh half = _mm512_cvtneps_pbh((__m512)Load(x + i));
      __builtin_memcpy(y, &half, sizeof half);
    }
  }
}

namespace {

// (even[i], odd[i]) for all lanes, as bf16.
Vector Interleave(Vector even, Vector odd) {
  const __m512i order = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11,
                                         26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21,
                                         5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
  return (Vector)_mm512_permutexvar_epi16(
      order, (__m512i)_mm512_cvtne2ps_pbh((__m512)odd, (__m512)even));
}

}  // namespace

void PairsToBf16(const float* from, int64_t stride, int64_t rows,
                 int64_t columns, float* to, int64_t to_stride) {
  for (int64_t row = 0; row < rows; row += 2, to += to_stride) {
    const float* even = from + row * stride;
    const float* odd = row + 1 < rows ? even + stride : nullptr;
    for (int64_t i = 0; i < columns; i += kLanes) {
      Store(to + i, Interleave(Load(even + i),
                               odd == nullptr ? Vector{} : Load(odd + i)));
    }
  }
}

void PackPairs(const float* from, int64_t stride, int64_t depth,
               int64_t columns, bool transposed, float* to) {
  for (int64_t column = 0; column < columns; column += kPanel) {
    const int64_t width = columns - column < kPanel ? columns - column : kPanel;
    float* panel = to + column * (depth / 2);
    if (!transposed) {
      if (width < kPanel) {
        for (int64_t k = 0; k < depth / 2; ++k) {
          for (int64_t i = width; i < kPanel; ++i) panel[k * kPanel + i] = 0;
        }
      }
      PairsToBf16(from + column, stride, depth, width, panel, kPanel);
      continue;
    }
    // Blocks of 32 of the depth: pairs of a row of `from` go down a column.
    for (int64_t begin = 0; begin < depth; begin += 2 * kLanes) {
      const int64_t length =
          depth - begin < 2 * kLanes ? depth - begin : 2 * kLanes;
      float pairs[kPanel][kLanes] = {};
      RowsToBf16(from + column * stride + begin, stride, width, length,
                 &pairs[0][0], kLanes);
      float* block = panel + begin / 2 * kPanel;
      for (int64_t k = 0; k < length / 2; ++k) {
        for (int64_t i = 0; i < kPanel; ++i) {
          __builtin_memcpy(block + k * kPanel + i, &pairs[i][k], 4);
        }
      }
    }
  }
}

#endif  // defined(__AVX512BF16__)

}  // namespace isoshape::cpu::ISOSHAPE_INSTRUCTION_SET
