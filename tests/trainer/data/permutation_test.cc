#include "trainer/data/permutation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <vector>

namespace isoshape {
namespace {

TEST(PermutationTest, TakesEveryElementOnce) {
  for (const uint64_t size : {1, 2, 3, 4, 5, 16, 17, 63, 64, 65, 1000, 4097}) {
    for (const uint64_t seed : {0, 1, 99}) {
      const Permutation order(size, seed);
      std::vector<int> taken(size, 0);
      for (uint64_t i = 0; i < size; ++i) {
        ASSERT_LT(order(i), size);
        ++taken[order(i)];
      }
      EXPECT_EQ(taken, std::vector<int>(size, 1)) << size << " " << seed;
    }
  }
}

TEST(PermutationTest, StaysInsideWhereTheSizeIsHuge) {
  const uint64_t size = (uint64_t{1} << 40) + 12345;
  const Permutation order(size, 3);
  for (uint64_t i = 0; i < 1000; ++i) EXPECT_LT(order(size - 1 - i), size);
}

TEST(PermutationTest, SeedFixesTheOrder) {
  const Permutation a(1000, 5), b(1000, 5), c(1000, 6);
  int same = 0;
  for (uint64_t i = 0; i < 1000; ++i) {
    EXPECT_EQ(a(i), b(i));
    same += a(i) == c(i);
  }
  EXPECT_LT(same, 20);  // one is expected
}

// Neighbours land far apart: their mean distance is a third of the size, and
// its standard deviation over 10,000 pairs about 0.0024.
TEST(PermutationTest, ScattersNeighbours) {
  constexpr uint64_t kSize = 10000;
  const Permutation order(kSize, 11);
  double distance = 0;
  for (uint64_t i = 1; i < kSize; ++i) {
    distance += std::abs(static_cast<double>(order(i)) -
                         static_cast<double>(order(i - 1)));
  }
  EXPECT_NEAR(distance / kSize / kSize, 1.0 / 3, 0.015);
}

}  // namespace
}  // namespace isoshape
