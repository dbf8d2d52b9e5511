#include "trainer/commands/coordinate_check.h"

#include <gtest/gtest.h>

#include <cmath>

namespace isoshape {
namespace {

CoordinateTable Check(Parameterization parameterization) {
  CoordinateCheckOptions options;
  options.recipe.parameterization = parameterization;
  options.recipe.learning_rate = 0.003;
  options.widths = {64, 128};
  options.depths = {2, 4, 8};
  options.steps = 5;
  options.seeds = 1;
  return CheckCoordinates(options);
}

TEST(LogSlopeTest, IsThePowerOfALaw) {
  EXPECT_NEAR(LogSlope({1, 2, 4, 8}, {3, 6, 12, 24}), 1, 1e-12);
  EXPECT_NEAR(LogSlope({16, 64}, {1, 0.5}), -0.5, 1e-12);
  EXPECT_EQ(LogSlope({7, 7}, {1, 2}), 0);
}

TEST(CoordinateCheckTest, CompletePIsFlatOverWidthAndDoesNotGrowWithDepth) {
  const CoordinateTable table = Check(Parameterization::kCompleteP);
  EXPECT_TRUE(table.flat);
  ASSERT_EQ(table.width_slopes.size(), 5u);
  ASSERT_EQ(table.widths.size(), 2u);
  ASSERT_EQ(table.depths.size(), 3u);
  EXPECT_EQ(table.depths[2].depth, 8);
  EXPECT_EQ(table.depths[2].blocks[5].size(), 8u);
}

TEST(CoordinateCheckTest, StandardGrowsWithBoth) {
  const CoordinateTable table = Check(Parameterization::kStandard);
  EXPECT_FALSE(table.flat);
  EXPECT_GT(table.width_slopes.back(), 0.3);
  EXPECT_GT(table.depth_slopes.back(), 0.3);
}

TEST(CoordinateCheckTest, MupIsFlatOverWidthAndGrowsWithDepth) {
  const CoordinateTable table = Check(Parameterization::kMup);
  EXPECT_FALSE(table.flat);
  EXPECT_LT(std::abs(table.width_slopes.back()), 0.1);
  EXPECT_GT(table.depth_slopes.back(), 0.3);
}

}  // namespace
}  // namespace isoshape
