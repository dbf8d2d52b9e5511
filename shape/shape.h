#ifndef ISOSHAPE_SHAPE_SHAPE_H_
#define ISOSHAPE_SHAPE_SHAPE_H_

#include <cstdint>
#include <string>

namespace isoshape {

enum class Norm { kRms, kLayer };
// kPre: before every branch and before the unembedding. kPost: after every
// residual sum and on the embedding, as in BERT. kNone: no norms (ablation).
enum class NormPlacement { kPre, kPost, kNone };
// kNone: a branch replaces the stream instead of adding to it (ablation).
enum class Residual { kAdd, kNone };
enum class Positions { kRope, kLearned, kNone };
enum class Activation { kSwiglu, kGelu, kRelu2 };
// kCausal: predicts the next token from those before. kMasked: sees the whole
// sequence and predicts the tokens that were masked (BERT), through a
// prediction head: matrix, activation, norm.
enum class Objective { kCausal, kMasked };

// The architecture of one transformer: everything that its parameter count and
// its FLOPs per token depend on. A plain value; the service's form of it is
// proto/isoshape/v1/shape.proto.
struct Shape {
  int64_t depth = 1;      // layers
  int64_t width = 64;     // d_model
  int64_t head_dim = 16;  // size of one attention head
  int64_t heads = 4;      // query heads
  int64_t kv_heads = 4;   // key and value heads, a divisor of heads
  int64_t ffn_width = 168;
  int64_t vocab = 256;
  int64_t context = 128;  // tokens in one sequence
  Norm norm = Norm::kRms;
  NormPlacement norm_placement = NormPlacement::kPre;
  Residual residual = Residual::kAdd;
  Positions positions = Positions::kRope;
  Activation activation = Activation::kSwiglu;
  Objective objective = Objective::kCausal;
  bool qk_norm = false;  // RMSNorm of each head's queries and keys, with gains
  bool tied_embedding = false;
  bool bias = false;  // biases of linear layers (and LayerNorm), as in GPT-2

  friend bool operator==(const Shape&, const Shape&) = default;
};

// Returns what makes `shape` impossible, in one line with the value and the
// remedy (`vocab 1 is less than 2; bytes need 256`), or an empty string. Does
// not ask that heads * head_dim == width: some published shapes differ (GPT-3
// 13B); see HeadsProblem.
std::string ShapeProblem(const Shape& shape);

// Returns why the heads do not fill the width, which the trainer asks of every
// shape (`width 100 is not a multiple of head_dim 64; the nearest are 64 and
// 128`), or an empty string. Expects ShapeProblem(shape) to be empty.
std::string HeadsProblem(const Shape& shape);

// A short name for tables and logs: `4x128` (depth x width).
std::string ShapeLabel(const Shape& shape);

// width / depth.
double AspectRatio(const Shape& shape);

}  // namespace isoshape

#endif  // ISOSHAPE_SHAPE_SHAPE_H_
