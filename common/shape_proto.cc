#include "common/shape_proto.h"

namespace isoshape {

Shape FromProto(const v1::Shape& proto) {
  Shape shape;
  shape.depth = proto.depth();
  shape.width = proto.width();
  shape.head_dim = proto.head_dim();
  shape.heads = proto.heads();
  if (shape.heads == 0 && shape.head_dim > 0) {
    shape.heads = shape.width / shape.head_dim;
  }
  shape.kv_heads = proto.kv_heads() == 0 ? shape.heads : proto.kv_heads();
  shape.ffn_width = proto.ffn_width();
  shape.vocab = proto.vocab();
  shape.context = proto.context();
  shape.norm = proto.norm() == v1::NORM_LAYER ? Norm::kLayer : Norm::kRms;
  shape.positions = proto.positions() == v1::POSITIONS_LEARNED
                        ? Positions::kLearned
                        : Positions::kRope;
  shape.activation = proto.activation() == v1::ACTIVATION_GELU
                         ? Activation::kGelu
                         : Activation::kSwiglu;
  shape.tied_embedding = proto.tied_embedding();
  shape.bias = proto.bias();
  return shape;
}

v1::Shape ToProto(const Shape& shape) {
  v1::Shape proto;
  proto.set_depth(shape.depth);
  proto.set_width(shape.width);
  proto.set_head_dim(shape.head_dim);
  proto.set_heads(shape.heads);
  proto.set_kv_heads(shape.kv_heads);
  proto.set_ffn_width(shape.ffn_width);
  proto.set_vocab(shape.vocab);
  proto.set_context(shape.context);
  proto.set_norm(shape.norm == Norm::kLayer ? v1::NORM_LAYER : v1::NORM_RMS);
  proto.set_positions(shape.positions == Positions::kLearned
                          ? v1::POSITIONS_LEARNED
                          : v1::POSITIONS_ROPE);
  proto.set_activation(shape.activation == Activation::kGelu
                           ? v1::ACTIVATION_GELU
                           : v1::ACTIVATION_SWIGLU);
  proto.set_tied_embedding(shape.tied_embedding);
  proto.set_bias(shape.bias);
  return proto;
}

}  // namespace isoshape
