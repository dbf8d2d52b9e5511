#ifndef ISOSHAPE_TRAINER_MODEL_MODEL_H_
#define ISOSHAPE_TRAINER_MODEL_MODEL_H_

#include <torch/torch.h>

#include <vector>

#include "shape/shape.h"
#include "trainer/model/cross_entropy.h"
#include "trainer/model/parameters.h"
#include "trainer/spec/run_spec.h"

namespace isoshape {

// Keys and values of the tokens of one sequence that a causal model has seen,
// so that the next token costs one position instead of all.
struct KeyValueCache {
  int64_t length = 0;  // tokens
  // For each block, [1, context, kv_heads, head_dim].
  std::vector<torch::Tensor> keys, values;
};

// The forward pass of a transformer, with the multipliers of its recipe.
// Autograd gives the backward pass. Every option of Shape runs here, on every
// device; this is what faster ways of computing a step are held against. Not
// thread-safe.
//
// With parameters of several replicas it is as many models at once: a batch is
// [replicas * sequences, time], each replica's sequences in one piece, and no
// replica has a part in the losses or the gradients of another.
class Model {
 public:
  // `parameters` must outlive it and be of the same shape.
  Model(const Shape& shape, const Recipe& recipe, const Parameters& parameters);

  // Loss of every token in nats, without gradients: inputs and targets are
  // int64 [batch, time], time at most the context; the result is float [batch,
  // time].
  torch::Tensor Losses(const torch::Tensor& inputs,
                       const torch::Tensor& targets) const;

  // Each replica's mean loss, which training minimizes. With `positions`, int64
  // [batch, counted], the mean over these positions of each sequence.
  MeanLoss MeanLosses(const torch::Tensor& inputs, const torch::Tensor& targets,
                      const torch::Tensor& positions = {}) const;

  // Logits, float [1, time, vocab], of tokens that follow those in `cache`,
  // and adds them to it: any number to an empty one (prefill), one by one after
  // that (decoding), at most the context in all. Causal shapes and one replica
  // only.
  torch::Tensor NextLogits(const torch::Tensor& inputs,
                           KeyValueCache& cache) const;

  // This model with its matrices as the products take them, so that they are
  // not converted at each call; itself if that is how they are stored. Meant
  // for decoding, in which a conversion takes longer than the product. Has no
  // gradients and does not follow later changes of the weights.
  Model ForDecoding() const;

  // Lets passes with gradients use cuDNN's attention: docs/adr/0006 says when
  // that pays.
  void set_cudnn_attention(bool allowed) { cudnn_attention_ = allowed; }

  // Keeps only the inputs of the blocks for the backward pass, which computes
  // the rest anew (Chen et al. 2016, arXiv 1604.06174).
  void set_recompute(bool recompute) { recompute_ = recompute; }

  // Logits, float [batch, time, vocab]. `activations`, if not null, gets the
  // mean absolute value of the residual stream after each block.
  torch::Tensor Logits(const torch::Tensor& inputs,
                       std::vector<double>* activations = nullptr) const;

 private:
  // Tensors that the shape does not have are undefined.
  struct Block {
    torch::Tensor norm1, norm1_bias, qkv, qkv_bias, q_norm, k_norm;
    torch::Tensor out, out_bias;
    torch::Tensor norm2, norm2_bias, up, up_bias, down, down_bias;
  };

  // Adds one branch to the residual stream and applies the norm before or after
  // it, as the shape says.
  template <typename Branch>
  torch::Tensor AddBranch(const torch::Tensor& x, const torch::Tensor& gain,
                          const torch::Tensor& bias,
                          const Branch& branch) const;
  class Recomputed;  // a block as a function of its own to autograd
  // [batch, time, heads or kv_heads, head_dim] each.
  struct HeadsOfTokens {
    torch::Tensor query, key, value;
  };

  // `position` is that of the first input.
  torch::Tensor Embed(const torch::Tensor& inputs, int64_t position) const;
  torch::Tensor RunBlock(size_t layer, const torch::Tensor& x,
                         KeyValueCache* cache) const;
  // The hidden states that are multiplied into logits, [batch, time, width].
  torch::Tensor Hidden(const torch::Tensor& inputs,
                       std::vector<double>* activations) const;
  torch::Tensor FinalHidden(torch::Tensor x) const;
  torch::Tensor Unembed(const torch::Tensor& x) const;
  torch::Tensor Normalize(const torch::Tensor& x, const torch::Tensor& gain,
                          const torch::Tensor& bias) const;
  torch::Tensor NormalizeHeads(const torch::Tensor& x,
                               const torch::Tensor& gain) const;
  torch::Tensor Linear(const torch::Tensor& x, const torch::Tensor& weight,
                       const torch::Tensor& bias) const;
  // x [replicas * batch, ..., n] with each replica's rows in one piece:
  // [replicas, rows, n].
  torch::Tensor ByReplica(const torch::Tensor& x) const;
  // Does what ByReplica does, but returns [rows, n] if there is one replica.
  torch::Tensor Rows(const torch::Tensor& x) const;
  CrossEntropyOptions LossOptions() const;
  // x times its replica's gain [replicas, n], plus its bias if there is one.
  torch::Tensor Scale(const torch::Tensor& x, const torch::Tensor& gain,
                      const torch::Tensor& bias) const;
  torch::Tensor Rotate(const torch::Tensor& x, int64_t position) const;
  torch::Tensor Activate(const torch::Tensor& x) const;
  // Splits the product with a block's qkv matrix, and norms and turns queries
  // and keys as the shape says.
  HeadsOfTokens Heads(const Block& block, const torch::Tensor& qkv,
                      int64_t position) const;
  torch::Tensor Attend(size_t layer, const torch::Tensor& x,
                       KeyValueCache* cache) const;
  torch::Tensor FeedForward(const Block& block, const torch::Tensor& x) const;
  torch::Tensor PredictionHead(const torch::Tensor& x) const;

  const Shape shape_;
  const int64_t replicas_;
  const Precision precision_;
  const double input_scale_;
  const double branch_scale_;
  const double attention_scale_;
  const double output_scale_;
  const double z_loss_;
  bool recompute_ = false;
  bool cudnn_attention_ = false;
  std::vector<Block> blocks_;
  torch::Tensor embedding_, positions_, embedding_norm_, embedding_bias_;
  torch::Tensor final_norm_, final_bias_, unembedding_;
  torch::Tensor head_, head_bias_, head_norm_, head_norm_bias_;
  torch::Tensor cos_, sin_;  // [context, 1, head_dim / 2]
  // For several replicas, the row at which the tokens of each begin in the
  // table of all, int64 [replicas, 1].
  torch::Tensor first_rows_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_MODEL_MODEL_H_
