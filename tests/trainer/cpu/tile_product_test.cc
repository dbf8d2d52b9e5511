// Products by tile registers, with tiles in memory: what tiles are given and
// what is made of them is the same where the processor has them.
#include "trainer/cpu/kernels/tile_product.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace isoshape::cpu::ISOSHAPE_INSTRUCTION_SET {
namespace {

// Small whole numbers, which bf16 holds, and whose sums fp32 holds.
float NumberAt(int64_t index) {
  return static_cast<float>(index * 2654435761 % 19) - 9;
}

// Two numbers as bf16, the first in the lower half.
float PairOf(float first, float second) {
  uint32_t low = 0;
  uint32_t high = 0;
  std::memcpy(&low, &first, sizeof low);
  std::memcpy(&high, &second, sizeof high);
  const uint32_t bits = low >> 16 | (high & 0xffff0000U);
  float pair = 0;
  std::memcpy(&pair, &bits, sizeof pair);
  return pair;
}

struct Case {
  int64_t rows, columns, pairs;
  bool a_transposed, b_packed;
};

std::string Name(const Case& c) {
  return std::to_string(c.rows) + " x " + std::to_string(c.columns) + ", " +
         std::to_string(c.pairs) + " pairs" +
         (c.a_transposed ? ", transposed" : "") +
         (c.b_packed ? ", packed" : "");
}

// A product as a whole: operands in the forms of Matmul, and what it must be.
struct Product {
  explicit Product(const Case& c)
      : a_stride((c.a_transposed ? c.rows : c.pairs) + 3),
        b_stride(c.columns + 5),
        c_stride(c.columns + 7),
        a(static_cast<size_t>((c.a_transposed ? c.pairs : c.rows) * a_stride),
          kPoison),
        b(static_cast<size_t>(c.b_packed ? PanelsOf(c) * kTilePanel * c.pairs
                                         : c.pairs * b_stride),
          c.b_packed ? 0 : kPoison),
        bias(static_cast<size_t>(c.columns)),
        addend(static_cast<size_t>(c.rows * c_stride)),
        expected(addend.size()) {
    const auto left = [&](int64_t i, int64_t k) {
      return NumberAt(i * 2 * c.pairs + k);
    };
    const auto right = [&](int64_t k, int64_t j) {
      return NumberAt(1000 + k * c.columns + j);
    };
    for (int64_t i = 0; i < c.rows; ++i) {
      for (int64_t k = 0; k < c.pairs; ++k) {
        a[static_cast<size_t>(c.a_transposed ? k * a_stride + i
                                             : i * a_stride + k)] =
            PairOf(left(i, 2 * k), left(i, 2 * k + 1));
      }
    }
    for (int64_t k = 0; k < c.pairs; ++k) {
      for (int64_t j = 0; j < c.columns; ++j) {
        const int64_t panel = j / kTilePanel * kTilePanel;
        b[static_cast<size_t>(c.b_packed ? panel * c.pairs + k * kTilePanel +
                                               (j - panel)
                                         : k * b_stride + j)] =
            PairOf(right(2 * k, j), right(2 * k + 1, j));
      }
    }
    for (size_t j = 0; j < bias.size(); ++j) {
      bias[j] = NumberAt(static_cast<int64_t>(j));
    }
    for (size_t i = 0; i < addend.size(); ++i) {
      addend[i] = NumberAt(static_cast<int64_t>(3 * i));
    }
    expected = addend;
    for (int64_t i = 0; i < c.rows; ++i) {
      for (int64_t j = 0; j < c.columns; ++j) {
        float sum = bias[static_cast<size_t>(j)];
        for (int64_t k = 0; k < 2 * c.pairs; ++k)
          sum += left(i, k) * right(k, j);
        expected[static_cast<size_t>(i * c_stride + j)] += 0.5f * sum;
      }
    }
  }

  static int64_t PanelsOf(const Case& c) {
    return (c.columns + kTilePanel - 1) / kTilePanel;
  }

  // What must not be read, or not make a difference: a number that would.
  static constexpr float kPoison = 3e30f;
  int64_t a_stride, b_stride, c_stride;
  std::vector<float> a, b, bias, addend, expected;
};

TEST(TileProductTest, IsTheProductWhateverItsSides) {
  for (const int64_t rows : {1, 15, 16, 17, 32, 33, 80}) {
    for (const int64_t columns : {16, 32, 48, 64}) {
      for (const int64_t pairs : {1, 8, 16, 24, 256, 264, 520}) {
        for (const bool transposed : {false, true}) {
          for (const bool packed : {false, true}) {
            const Case c = {rows, columns, pairs, transposed, packed};
            SCOPED_TRACE(Name(c));
            const Product product(c);
            // The addend is C itself, as where gradients are added to.
            std::vector<float> sums = product.addend;
            MultiplyByTiles({rows, columns, pairs, product.a.data(),
                             product.a_stride, transposed, product.b.data(),
                             product.b_stride, packed, sums.data(),
                             product.c_stride, 0.5f, product.bias.data(),
                             sums.data(), true});
            ASSERT_EQ(sums, product.expected);
          }
        }
      }
    }
  }
}

TEST(TileProductTest, WritesOverCWithoutBiasAndAddend) {
  const Case c = {33, 48, 300, false, true};
  const Product product(c);
  std::vector<float> sums(product.addend.size(), Product::kPoison);
  MultiplyByTiles({c.rows, c.columns, c.pairs, product.a.data(),
                   product.a_stride, false, product.b.data(), 0, true,
                   sums.data(), product.c_stride, 0.5f, nullptr, nullptr,
                   true});
  for (int64_t i = 0; i < c.rows; ++i) {
    for (int64_t j = 0; j < product.c_stride; ++j) {
      const auto at = static_cast<size_t>(i * product.c_stride + j);
      const float expected =
          j < c.columns ? product.expected[at] - product.addend[at] -
                              0.5f * product.bias[static_cast<size_t>(j)]
                        : Product::kPoison;
      ASSERT_EQ(sums[at], expected) << i << ", " << j;
    }
  }
}

}  // namespace
}  // namespace isoshape::cpu::ISOSHAPE_INSTRUCTION_SET
