#include "shape/accounting.h"

#include <algorithm>
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
  // Searches ask this of every shape that they look at.
  if (convention == FlopConvention::kExact) {
    return 3 * ForwardFlopsPerToken(shape);
  }
  const ParameterCounts counts = CountParameters(shape);
  const double depth = static_cast<double>(shape.depth);
  const double context = static_cast<double>(shape.context);
  switch (convention) {
    case FlopConvention::kExact:
      break;
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
  // So that the tokens of the steps can be counted in 64 bits too.
  const double most = std::ldexp(1., 62) / static_cast<double>(tokens_per_step);
  const double steps = std::min(budget_flops / step, most);
  if (!(steps >= 0.5)) return 0;
  return static_cast<int64_t>(std::llround(steps));
}

int64_t LossChunkLogits(bool gpu) {
  return gpu ? int64_t{1} << 26 : int64_t{1} << 24;
}

namespace {

// Bytes for each token. Stream and norms are fp32; what goes into a product and
// comes out of it is of `product` bytes, 4 or 2.

// Saved by one block for its backward pass: inputs and outputs of both norms;
// q, k and v, and queries and keys again once they are normed or turned; the
// attention's output and log-sum-exp; pre-activations and activations, which
// are gate, up, the activated gate and the product if there is a gate. In fp32
// a GPU repeats the keys and values of grouped queries.
double BlockBytes(const Shape& shape, double product) {
  const double width = static_cast<double>(shape.width);
  const double query = static_cast<double>(shape.heads * shape.head_dim);
  const double key_value = static_cast<double>(shape.kv_heads * shape.head_dim);
  const double ffn = static_cast<double>(shape.ffn_width);
  const double normed =
      shape.norm_placement == NormPlacement::kNone ? 0 : 4 * width;
  double heads = query + 2 * key_value + query;
  if (shape.positions == Positions::kRope) heads += query + key_value;
  if (shape.qk_norm) heads += query + key_value;
  if (shape.kv_heads != shape.heads && product == 4) heads += 2 * query;
  const double activations =
      (shape.activation == Activation::kSwiglu ? 4 : 2) * ffn;
  return 2 * (normed + product * width) + 4 * static_cast<double>(shape.heads) +
         product * (heads + activations);
}

// Bytes for each token that a block's backward pass holds beside the saved
// activations: the gradients of its widest part and of the stream.
double BlockGradientBytes(const Shape& shape, double product) {
  const double ffn = static_cast<double>(shape.ffn_width);
  const double hidden = (shape.activation == Activation::kSwiglu ? 3 : 2) * ffn;
  return product * hidden + 8 * static_cast<double>(shape.width);
}

// Bytes for each token of the final norm, of the prediction head (a product, an
// activation and a norm), and of the gradient of the last hidden states, which
// is in memory together with the losses.
double HeadBytes(const Shape& shape, double product) {
  const double width = static_cast<double>(shape.width);
  const double head =
      shape.objective == Objective::kMasked ? (3 * product + 8) * width : 0;
  return head + (12 + 2 * product) * width;
}

}  // namespace

MemoryEstimate EstimateTrainingMemory(const Shape& shape,
                                      int64_t tokens_per_step,
                                      const TrainingKind& kind) {
  const ParameterCounts counts = CountParameters(shape);
  const double replicas = static_cast<double>(kind.replicas);
  const double tokens = replicas * static_cast<double>(tokens_per_step);
  const double product = kind.bf16 ? 2 : 4;
  const double depth = static_cast<double>(shape.depth);
  // Matrices that the products take in bf16 are copies.
  const double hidden =
      replicas * static_cast<double>(counts.attention + counts.ffn);
  const double copies = kind.bf16 ? 2 * hidden : 0;
  const double saved = tokens * depth * BlockBytes(shape, product) + copies;

  // While the loss is computed: logits and the logarithms of probabilities of a
  // chunk, and in bf16 one more copy in fp32. The gradient of the unembedding
  // in fp32 and, in bf16, a chunk's part of it and the matrix's copy.
  const double logits =
      std::min(tokens * static_cast<double>(shape.vocab),
               static_cast<double>(LossChunkLogits(kind.gpu)));
  const double of_logit = kind.bf16 ? 10 : 8;
  const double unembedding =
      replicas * static_cast<double>(shape.vocab * shape.width);
  const double loss = tokens * HeadBytes(shape, product) + of_logit * logits +
                      (kind.bf16 ? 8 : 4) * unembedding;
  // After the loss, while the last block's gradients are computed.
  const double gradients = tokens * BlockGradientBytes(shape, product);

  MemoryEstimate memory;
  memory.state = 16 * kind.replicas * counts.total();
  memory.activations = static_cast<int64_t>(saved + std::max(loss, gradients));
  // The joint update of replicas keeps the weights before it; Muon works on all
  // matrices of one size together, of which the feed-forward part has the most:
  // 15 bytes, in bf16 12, for each of its parameters (measured).
  if (kind.replicas > 1) {
    memory.optimizer = 4 * kind.replicas * counts.total();
  }
  if (kind.muon) {
    memory.optimizer += static_cast<int64_t>((kind.bf16 ? 12 : 15) * replicas *
                                             static_cast<double>(counts.ffn));
  }
  return memory;
}

}  // namespace isoshape
