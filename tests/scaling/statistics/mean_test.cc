#include "scaling/statistics/mean.h"

#include <gtest/gtest.h>

namespace isoshape {
namespace {

TEST(MeanTest, TheErrorIsThatOfTheMeanNotOfOneRun) {
  const SeedMean mean = MeanOfSeeds({1, 2, 3, 6});
  EXPECT_DOUBLE_EQ(mean.value, 3);
  // Squares 14 over 3 degrees of freedom, over 4 runs.
  EXPECT_DOUBLE_EQ(mean.error.value(), std::sqrt(14.0 / 12));
  EXPECT_EQ(MeanOfSeeds({2.5, 2.5}).error, 0);
}

TEST(MeanTest, ASingleRunTellsNoError) {
  const SeedMean mean = MeanOfSeeds({2.5});
  EXPECT_EQ(mean.value, 2.5);
  EXPECT_EQ(mean.error, std::nullopt);
}

}  // namespace
}  // namespace isoshape
