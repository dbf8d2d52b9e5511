#include "shape/accounting.h"

#include <cmath>

namespace isoshape {
namespace {

// Matrices of the feed-forward block: gate, up and down, or up and down.
int64_t FfnMatrices(const Shape& shape) {
  return shape.activation == Activation::kSwiglu ? 3 : 2;
}

}  // namespace

int64_t ParameterCounts::total() const {
  return embedding + positions + attention + ffn + norms + head + unembedding;
}

int64_t ParameterCounts::non_embedding() const {
  return attention + ffn + norms + head;
}

ParameterCounts CountParameters(const Shape& shape) {
  const int64_t width = shape.width;
  const int64_t query = shape.heads * shape.head_dim;
  const int64_t key_value = shape.kv_heads * shape.head_dim;
  const int64_t bias = shape.bias ? 1 : 0;

  ParameterCounts counts;
  counts.embedding = shape.vocab * width;
  counts.positions =
      shape.positions == Positions::kLearned ? shape.context * width : 0;
  const int64_t projections = width * (query + 2 * key_value) + query * width;
  const int64_t projection_biases = query + 2 * key_value + width;
  counts.attention = shape.depth * (projections + bias * projection_biases);
  const int64_t matrices = FfnMatrices(shape);
  const int64_t ffn_biases = (matrices - 1) * shape.ffn_width + width;
  counts.ffn =
      shape.depth * (matrices * width * shape.ffn_width + bias * ffn_biases);
  const int64_t per_norm = width * (shape.norm == Norm::kLayer ? 1 + bias : 1);
  // Two a layer and a final one, or, post-norm, one on the embedding.
  const bool has_norms = shape.norm_placement != NormPlacement::kNone;
  counts.norms = has_norms ? (2 * shape.depth + 1) * per_norm : 0;
  if (shape.qk_norm) counts.norms += 2 * shape.depth * shape.head_dim;
  if (shape.objective == Objective::kMasked) {
    counts.head =
        width * width + bias * width + (has_norms ? per_norm : int64_t{0});
  }
  counts.unembedding = shape.tied_embedding ? 0 : shape.vocab * width;
  return counts;
}

std::string_view FlopConventionName(FlopConvention convention) {
  switch (convention) {
    case FlopConvention::kExact:
      return "exact";
    case FlopConvention::kChinchilla:
      return "chinchilla";
    case FlopConvention::kKaplan:
      return "kaplan";
    case FlopConvention::kSixN:
      return "6n";
    case FlopConvention::kPalm:
      return "palm";
  }
  return "exact";
}

double ForwardFlopsPerToken(const Shape& shape) {
  const double depth = static_cast<double>(shape.depth);
  const double width = static_cast<double>(shape.width);
  const double query = static_cast<double>(shape.heads * shape.head_dim);
  const double key_value = static_cast<double>(shape.kv_heads * shape.head_dim);
  const double ffn = static_cast<double>(shape.ffn_width);
  const double projections =
      2 * width * (query + 2 * key_value) + 2 * query * width;
  const double attention = 4 * static_cast<double>(shape.context) * query;
  const double feed_forward =
      2 * static_cast<double>(FfnMatrices(shape)) * width * ffn;
  const double head =
      shape.objective == Objective::kMasked ? 2 * width * width : 0;
  const double logits = 2 * width * static_cast<double>(shape.vocab);
  return depth * (projections + attention + feed_forward) + head + logits;
}

double TrainingFlopsPerToken(const Shape& shape, FlopConvention convention) {
  const ParameterCounts counts = CountParameters(shape);
  const double depth = static_cast<double>(shape.depth);
  const double context = static_cast<double>(shape.context);
  switch (convention) {
    case FlopConvention::kExact:
      return 3 * ForwardFlopsPerToken(shape);
    case FlopConvention::kChinchilla: {
      // Appendix F counts the embedding as a dense matmul and the softmax as
      // 3 FLOPs for each score.
      const double embedding = 2 * static_cast<double>(shape.vocab) *
                               static_cast<double>(shape.width);
      const double softmax =
          3 * static_cast<double>(shape.heads) * context * depth;
      return 3 * (ForwardFlopsPerToken(shape) + embedding + softmax);
    }
    case FlopConvention::kKaplan:
      return 6 * static_cast<double>(counts.non_embedding());
    case FlopConvention::kSixN:
      return 6 * static_cast<double>(counts.total());
    case FlopConvention::kPalm:
      return 6 * static_cast<double>(counts.total() - counts.positions) +
             12 * depth * static_cast<double>(shape.heads * shape.head_dim) *
                 context;
  }
  return 0;
}

double EffectiveSize(const Shape& shape) {
  return TrainingFlopsPerToken(shape) / 6;
}

int64_t StepsAtBudget(const Shape& shape, double budget_flops,
                      int64_t tokens_per_step) {
  const double step =
      TrainingFlopsPerToken(shape) * static_cast<double>(tokens_per_step);
  const double steps = budget_flops / step;
  if (!(steps >= 0.5)) return 0;
  return static_cast<int64_t>(std::llround(steps));
}

MemoryEstimate EstimateTrainingMemory(const Shape& shape,
                                      int64_t tokens_per_step) {
  MemoryEstimate memory;
  memory.state = 16 * CountParameters(shape).total();
  // Floats saved for the backward pass for each token. A block: both norms'
  // inputs and outputs, q, k, v, the attention output, and its log-sum-exp;
  // the feed-forward's pre-activations, activations and product. A norm of
  // queries and keys keeps its inputs, and the prediction head is a norm and an
  // activation of the width.
  const double width = static_cast<double>(shape.width);
  const double query = static_cast<double>(shape.heads * shape.head_dim);
  const double key_value = static_cast<double>(shape.kv_heads * shape.head_dim);
  const double ffn = static_cast<double>(shape.ffn_width);
  const double rotary = shape.positions == Positions::kRope ? 2.0 : 1.0;
  const double norms =
      shape.norm_placement == NormPlacement::kNone ? 2 * width : 4 * width;
  const double turned = rotary + (shape.qk_norm ? 1 : 0);
  const double attention = norms + turned * (query + key_value) + key_value +
                           query + static_cast<double>(shape.heads);
  const double feed_forward =
      (shape.activation == Activation::kSwiglu ? 4.0 : 2.0) * ffn;
  const double block = attention + feed_forward;
  // Final norm; logits and their log-softmax.
  const double head =
      (shape.objective == Objective::kMasked ? 6.0 : 2.0) * width +
      2 * static_cast<double>(shape.vocab);
  const double floats = static_cast<double>(shape.depth) * block + head;
  memory.activations =
      static_cast<int64_t>(4 * floats * static_cast<double>(tokens_per_step));
  return memory;
}

}  // namespace isoshape
