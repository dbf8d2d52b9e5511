#ifndef ISOSHAPE_TRAINER_MODEL_PARAMETER_LAYOUT_H_
#define ISOSHAPE_TRAINER_MODEL_PARAMETER_LAYOUT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "shape/shape.h"
#include "trainer/spec/tensor_kind.h"

namespace isoshape {

// One tensor of a model and its place in the flat buffers.
struct ParameterSlot {
  std::string name;  // `embedding`, `3.qkv`, `final_norm`
  TensorKind kind;
  std::vector<int64_t> sizes;
  double fill = 0;      // initial value, if not `random`
  bool random = false;  // drawn from the recipe's normal distribution
  int64_t offset = 0;   // floats
  int64_t count = 0;    // floats, product of sizes
};

// All tensors of one kind, which share the settings of the optimizer.
struct ParameterGroup {
  TensorKind kind;
  int64_t offset = 0;
  int64_t length = 0;  // with the padding between its tensors
};

// Where every tensor of a shape lies. Tensors of a kind are neighbours; each
// begins at a multiple of 16 floats (64 bytes), and what lies between stays 0.
//
// Blocks: norm1 [width]; qkv [(heads + 2 kv_heads) head_dim, width]; out
// [width, heads head_dim]; norm2 [width]; up [ffn_width, width], twice as many
// rows with SwiGLU (gate first); down [width, ffn_width]. If the shape has
// biases, also norm1_bias, qkv_bias, out_bias, norm2_bias, up_bias, down_bias.
// With qk_norm, q_norm and k_norm [head_dim] of every block.
//
// Post-norm, embedding_norm takes the place of final_norm. The masked objective
// has head [width, width], head_bias, head_norm, head_norm_bias.
struct ParameterLayout {
  std::vector<ParameterSlot> parameters;
  std::vector<ParameterGroup> groups;
  int64_t size = 0;   // floats in a flat buffer
  int64_t count = 0;  // parameters, without padding

  // The index into `parameters`, or -1.
  int64_t Find(const std::string& name) const;
};
ParameterLayout LayOutParameters(const Shape& shape);

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_MODEL_PARAMETER_LAYOUT_H_
