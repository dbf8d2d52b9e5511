#include "scaling/allocation/size_beyond.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "scaling/allocation/shape_choice.h"
#include "shape/accounting.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kStep = 2048;

SearchSpace Space() {
  SearchSpace space;
  space.base.head_dim = 16;
  space.base.vocab = 256;
  space.base.context = 128;
  space.max_depth = 8;
  space.max_width = 256;
  return space;
}

SizeTried Tried(const SearchSpace& space, int64_t depth, int64_t width,
                double flops) {
  return {.flops = flops,
          .size = SizeOf(ShapeInSpace(space, depth, width),
                         SizeMeasure::kFlopsPerToken),
          .measure = SizeMeasure::kFlopsPerToken};
}

TEST(SizeBeyondTest, ASizeThatTheSpaceHasCanBeRun) {
  const SearchSpace space = Space();
  const SizeTried tried = Tried(space, 2, 64, 1e12);
  EXPECT_EQ(NoSizeBeyond(space, kStep, tried, true), "");
  EXPECT_EQ(NoSizeBeyond(space, kStep, tried, false), "");
}

TEST(SizeBeyondTest, BelowTheSmallestTheBoundIsNamed) {
  SearchSpace space = Space();
  const std::string none = "the space has none smaller: create a campaign of ";
  EXPECT_EQ(NoSizeBeyond(space, kStep, Tried(space, 1, 16, 1e12), true),
            none + "lower --head-dim or --vocab");
  space.min_depth = 2;
  EXPECT_EQ(NoSizeBeyond(space, kStep, Tried(space, 2, 16, 1e12), true),
            none + "lower --min-depth or --head-dim");
  space.min_width = 64;
  EXPECT_EQ(NoSizeBeyond(space, kStep, Tried(space, 2, 64, 1e12), true),
            none + "lower --min-depth or --min-width");
  space.min_depth = 1;
  EXPECT_EQ(NoSizeBeyond(space, kStep, Tried(space, 1, 64, 1e12), true),
            none + "lower --min-width");
}

TEST(SizeBeyondTest, AboveTheLargestBoundsLimitsAndBudgetsDiffer) {
  SearchSpace space = Space();
  EXPECT_THAT(NoSizeBeyond(space, kStep, Tried(space, 8, 256, 1e15), false),
              HasSubstr("higher --max-depth or --max-width"));
  const SizeTried tried = Tried(space, 4, 128, 1e15);
  space.max_parameters =
      CountParameters(ShapeInSpace(space, 4, 128)).total() * 4 / 5;
  EXPECT_THAT(NoSizeBeyond(space, kStep, tried, false),
              HasSubstr("limits of parameters and memory"));
  space.max_parameters = 0;
  // Twenty steps of the size tried, and none of a larger one.
  const SizeTried poor = Tried(space, 4, 128, 6.0 * tried.size * 20 * kStep);
  EXPECT_THAT(NoSizeBeyond(space, kStep, poor, false),
              HasSubstr("lower --min-tokens, or of larger --budgets"));
}

TEST(SizeBeyondTest, RunsWithoutShapesHaveNoSpace) {
  const SearchSpace space = Space();
  EXPECT_EQ(NoSizeBeyond(space, kStep, {.flops = 1e12}, true), "");
}

}  // namespace
}  // namespace isoshape
