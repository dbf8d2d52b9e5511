#include "shape/search_space.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "shape/accounting.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;

TEST(ShapeInSpace, FillsTheWidthWithHeadsAndRoundsTheFfn) {
  SearchSpace space;
  const Shape shape = ShapeInSpace(space, 3, 128);
  EXPECT_EQ(shape.depth, 3);
  EXPECT_EQ(shape.width, 128);
  EXPECT_EQ(shape.heads, 8);
  EXPECT_EQ(shape.kv_heads, 8);
  EXPECT_EQ(shape.ffn_width, 344);  // 341.3 to a multiple of 8
}

TEST(ShapeInSpace, GroupsKvHeadsIfTheyDivideTheHeads) {
  SearchSpace space;
  space.kv_heads = 2;
  EXPECT_EQ(ShapeInSpace(space, 3, 128).kv_heads, 2);
  EXPECT_EQ(ShapeInSpace(space, 3, 48).kv_heads, 3);  // 2 does not divide 3
}

TEST(FfnWidth, IsAtLeastOneMultipleAndFollowsTheActivation) {
  EXPECT_EQ(FfnWidth(1, 4), 8);
  EXPECT_EQ(FfnWidth(100, 4, 64), 384);  // 6.25 multiples
  EXPECT_DOUBLE_EQ(DefaultFfnRatio(Activation::kSwiglu), 8.0 / 3.0);
  EXPECT_EQ(DefaultFfnRatio(Activation::kGelu), 4);
  EXPECT_EQ(DefaultFfnRatio(Activation::kRelu2), 4);
}

TEST(SpaceProblem, NamesTheContradictionAndTheRemedy) {
  SearchSpace space;
  EXPECT_EQ(SpaceProblem(space), "");
  space.min_width = 17;
  space.max_width = 31;
  EXPECT_THAT(SpaceProblem(space), HasSubstr("raise max_width to at least 32"));
  space = SearchSpace();
  space.min_depth = 9;
  space.max_depth = 8;
  EXPECT_THAT(SpaceProblem(space), HasSubstr("depth bounds 9 to 8"));
  space = SearchSpace();
  space.base.vocab = 1;
  EXPECT_THAT(SpaceProblem(space), HasSubstr("vocab 1 is less than 2"));
}

TEST(TokenFloor, IsTwentyStepsUnlessTokensAreGiven) {
  SearchSpace space;
  EXPECT_EQ(TokenFloor(space, 2048), 40960);
  space.min_tokens = 7;
  EXPECT_EQ(TokenFloor(space, 2048), 7);
}

TEST(WithinLimits, ComparesParametersAndTrainingMemory) {
  SearchSpace space;
  const Shape shape = SmallestShape(space);
  EXPECT_TRUE(WithinLimits(space, shape, 2048));
  space.max_parameters = CountParameters(shape).total();
  space.max_memory_bytes = EstimateTrainingMemory(shape, 2048).total();
  EXPECT_TRUE(WithinLimits(space, shape, 2048));
  EXPECT_FALSE(WithinLimits(space, shape, 4096));
  space.max_memory_bytes = 0;
  --space.max_parameters;
  EXPECT_FALSE(WithinLimits(space, shape, 2048));
}

}  // namespace
}  // namespace isoshape
