#include "messages/shape/shape_sizes.h"

#include <gtest/gtest.h>

namespace isoshape {
namespace {

v1::Shape Whole() {
  v1::Shape shape;
  shape.set_depth(4);
  shape.set_width(64);
  shape.set_heads(4);
  shape.set_kv_heads(2);
  shape.set_ffn_width(176);
  shape.set_head_dim(16);
  shape.set_vocab(257);
  shape.set_context(128);
  shape.set_qk_norm(true);
  return shape;
}

TEST(ShapeSizesTest, SizesAndOptionsAreTheWholeShape) {
  const v1::Shape sizes = SizesOf(Whole());
  EXPECT_EQ(sizes.depth(), 4);
  EXPECT_EQ(sizes.width(), 64);
  EXPECT_EQ(sizes.heads(), 4);
  EXPECT_EQ(sizes.kv_heads(), 2);
  EXPECT_EQ(sizes.ffn_width(), 176);
  EXPECT_EQ(sizes.head_dim(), 0);
  EXPECT_EQ(sizes.vocab(), 0);
  EXPECT_FALSE(sizes.qk_norm());
  v1::Shape both = WithoutSizes(Whole());
  EXPECT_EQ(both.depth(), 0);
  EXPECT_EQ(both.ffn_width(), 0);
  EXPECT_EQ(both.head_dim(), 16);
  both.MergeFrom(sizes);
  EXPECT_EQ(both.SerializeAsString(), Whole().SerializeAsString());
}

}  // namespace
}  // namespace isoshape
