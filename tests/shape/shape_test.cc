#include "shape/shape.h"

#include "gtest/gtest.h"

namespace isoshape {
namespace {

TEST(ShapeProblem, IsEmptyForTheDefaultShape) {
  EXPECT_EQ(ShapeProblem(Shape{}), "");
  EXPECT_EQ(HeadsProblem(Shape{}), "");
}

TEST(ShapeProblem, NamesTheValueAndTheRemedy) {
  Shape shape;
  shape.vocab = 1;
  EXPECT_EQ(ShapeProblem(shape), "vocab 1 is less than 2; bytes need 256");
  shape = Shape{};
  shape.depth = 0;
  EXPECT_EQ(ShapeProblem(shape), "depth 0 is less than 1; give at least 1");
  shape = Shape{};
  shape.kv_heads = 3;
  EXPECT_EQ(ShapeProblem(shape), "kv_heads 3 does not divide heads 4");
  shape = Shape{};
  shape.objective = Objective::kMasked;
  shape.vocab = 2;
  EXPECT_EQ(ShapeProblem(shape),
            "vocab 2 is less than 3, and the masked objective takes the last "
            "token for the mask; bytes need 257");
  shape = Shape{};
  shape.head_dim = 15;
  EXPECT_NE(ShapeProblem(shape).find("head_dim 15 is odd"), std::string::npos);
}

TEST(ShapeProblem, RefusesWhatWouldOverflow) {
  Shape shape;
  shape.ffn_width = int64_t{1} << 40;
  EXPECT_NE(ShapeProblem(shape).find("is too large"), std::string::npos);
}

TEST(HeadsProblem, NamesTheNearestWidths) {
  Shape shape;
  shape.width = 100;
  shape.head_dim = 64;
  shape.heads = shape.kv_heads = 1;
  EXPECT_EQ(HeadsProblem(shape),
            "width 100 is not a multiple of head_dim 64; the nearest are 64 "
            "and 128");
  shape.width = 128;
  EXPECT_EQ(HeadsProblem(shape),
            "width 128 is not heads 1 x head_dim 64; use 2 heads");
}

TEST(Shape, LabelAndAspectRatioAreDepthByWidthAndWidthOverDepth) {
  Shape shape;
  shape.depth = 4;
  shape.width = 128;
  EXPECT_EQ(ShapeLabel(shape), "4x128");
  EXPECT_EQ(AspectRatio(shape), 32);
}

}  // namespace
}  // namespace isoshape
