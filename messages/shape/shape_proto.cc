#include "messages/shape/shape_proto.h"

namespace isoshape {
namespace {

Positions FromProto(v1::Positions proto) {
  switch (proto) {
    case v1::POSITIONS_LEARNED:
      return Positions::kLearned;
    case v1::POSITIONS_NONE:
      return Positions::kNone;
    default:
      return Positions::kRope;
  }
}

v1::Positions ToProto(Positions positions) {
  switch (positions) {
    case Positions::kLearned:
      return v1::POSITIONS_LEARNED;
    case Positions::kNone:
      return v1::POSITIONS_NONE;
    case Positions::kRope:
      break;
  }
  return v1::POSITIONS_ROPE;
}

Activation FromProto(v1::Activation proto) {
  switch (proto) {
    case v1::ACTIVATION_GELU:
      return Activation::kGelu;
    case v1::ACTIVATION_RELU2:
      return Activation::kRelu2;
    default:
      return Activation::kSwiglu;
  }
}

v1::Activation ToProto(Activation activation) {
  switch (activation) {
    case Activation::kGelu:
      return v1::ACTIVATION_GELU;
    case Activation::kRelu2:
      return v1::ACTIVATION_RELU2;
    case Activation::kSwiglu:
      break;
  }
  return v1::ACTIVATION_SWIGLU;
}

NormPlacement FromProto(v1::NormPlacement proto) {
  switch (proto) {
    case v1::NORM_PLACEMENT_POST:
      return NormPlacement::kPost;
    case v1::NORM_PLACEMENT_NONE:
      return NormPlacement::kNone;
    default:
      return NormPlacement::kPre;
  }
}

v1::NormPlacement ToProto(NormPlacement placement) {
  switch (placement) {
    case NormPlacement::kPost:
      return v1::NORM_PLACEMENT_POST;
    case NormPlacement::kNone:
      return v1::NORM_PLACEMENT_NONE;
    case NormPlacement::kPre:
      break;
  }
  return v1::NORM_PLACEMENT_PRE;
}

}  // namespace

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
  shape.norm_placement = FromProto(proto.norm_placement());
  shape.residual =
      proto.residual() == v1::RESIDUAL_NONE ? Residual::kNone : Residual::kAdd;
  shape.positions = FromProto(proto.positions());
  shape.activation = FromProto(proto.activation());
  shape.objective = proto.objective() == v1::OBJECTIVE_MASKED
                        ? Objective::kMasked
                        : Objective::kCausal;
  shape.qk_norm = proto.qk_norm();
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
  proto.set_norm_placement(ToProto(shape.norm_placement));
  proto.set_residual(shape.residual == Residual::kNone ? v1::RESIDUAL_NONE
                                                       : v1::RESIDUAL_ADD);
  proto.set_positions(ToProto(shape.positions));
  proto.set_activation(ToProto(shape.activation));
  proto.set_objective(shape.objective == Objective::kMasked
                          ? v1::OBJECTIVE_MASKED
                          : v1::OBJECTIVE_CAUSAL);
  proto.set_qk_norm(shape.qk_norm);
  proto.set_tied_embedding(shape.tied_embedding);
  proto.set_bias(shape.bias);
  return proto;
}

v1::Shape OptionsToProto(const Shape& shape) {
  v1::Shape proto = ToProto(shape);
  proto.clear_depth();
  proto.clear_width();
  proto.clear_head_dim();
  proto.clear_heads();
  proto.clear_kv_heads();
  proto.clear_ffn_width();
  proto.clear_vocab();
  proto.clear_context();
  return proto;
}

}  // namespace isoshape
