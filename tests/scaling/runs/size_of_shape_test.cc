#include "scaling/runs/size_of_shape.h"

#include <gtest/gtest.h>

#include <cmath>

namespace isoshape {
namespace {

// N = 12 depth width^2.
Runs RunsOf(const std::vector<double>& depth,
            const std::vector<double>& width) {
  Runs runs{.width = width, .depth = depth};
  for (size_t i = 0; i < depth.size(); ++i) {
    runs.size.push_back(12 * depth[i] * width[i] * width[i]);
    runs.tokens.push_back(1e9);
    runs.loss.push_back(3);
  }
  return runs;
}

TEST(SizeOfShapeTest, FindsThePowersOfDepthAndWidth) {
  const auto size = SizeOfShape::Of(RunsOf({2, 4, 8, 8}, {64, 64, 64, 256}));
  ASSERT_TRUE(size.has_value());
  EXPECT_NEAR(std::exp(size->c), 12, 1e-6);
  EXPECT_NEAR(size->p, 1, 1e-9);
  EXPECT_NEAR(size->q, 2, 1e-9);
  EXPECT_NEAR(size->Size(16, 128), 12 * 16 * 128 * 128, 1e-3);
  EXPECT_NEAR(size->Width(12 * 16 * 128 * 128, 16), 128, 1e-6);
}

TEST(SizeOfShapeTest, IsAbsentWhereShapesDoNotTellThem) {
  EXPECT_FALSE(SizeOfShape::Of(RunsOf({2, 4}, {64, 128})).has_value());
  // Depth and width grow together.
  EXPECT_FALSE(SizeOfShape::Of(RunsOf({2, 4, 8}, {64, 128, 256})).has_value());
  Runs none = RunsOf({2, 4, 8}, {64, 64, 256});
  none.depth.clear();
  EXPECT_FALSE(SizeOfShape::Of(none).has_value());
}

}  // namespace
}  // namespace isoshape
