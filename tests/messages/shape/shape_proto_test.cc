#include "messages/shape/shape_proto.h"

#include <gtest/gtest.h>

namespace isoshape {
namespace {

TEST(ShapeProtoTest, ShapesSurviveTheRoundTrip) {
  Shape shape;
  shape.depth = 3;
  shape.width = 96;
  shape.head_dim = 16;
  shape.heads = 6;
  shape.kv_heads = 2;
  shape.ffn_width = 200;
  shape.vocab = 1000;
  shape.context = 64;
  shape.norm = Norm::kLayer;
  shape.positions = Positions::kLearned;
  shape.activation = Activation::kGelu;
  shape.tied_embedding = true;
  shape.bias = true;
  EXPECT_EQ(FromProto(ToProto(shape)), shape);
}

TEST(ShapeProtoTest, EveryOptionSurvivesTheRoundTrip) {
  for (const NormPlacement placement :
       {NormPlacement::kPre, NormPlacement::kPost, NormPlacement::kNone}) {
    for (const Positions positions :
         {Positions::kRope, Positions::kLearned, Positions::kNone}) {
      for (const Activation activation :
           {Activation::kSwiglu, Activation::kGelu, Activation::kRelu2}) {
        for (const bool other : {false, true}) {
          Shape shape;
          shape.norm_placement = placement;
          shape.positions = positions;
          shape.activation = activation;
          shape.residual = other ? Residual::kNone : Residual::kAdd;
          shape.objective = other ? Objective::kMasked : Objective::kCausal;
          shape.qk_norm = other;
          EXPECT_EQ(FromProto(ToProto(shape)), shape);
        }
      }
    }
  }
}

TEST(ShapeProtoTest, ZeroHeadsStandForWidthOverHeadDim) {
  v1::Shape proto;
  proto.set_width(64);
  proto.set_head_dim(16);
  EXPECT_EQ(FromProto(proto).heads, 4);
  EXPECT_EQ(FromProto(proto).kv_heads, 4);
  proto.set_heads(8);
  EXPECT_EQ(FromProto(proto).kv_heads, 8);
}

TEST(ShapeProtoTest, AnEmptyMessageDoesNotDivideByZero) {
  EXPECT_EQ(FromProto(v1::Shape()).heads, 0);
}

}  // namespace
}  // namespace isoshape
