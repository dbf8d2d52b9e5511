#ifndef ISOSHAPE_TRAINER_MODEL_H_
#define ISOSHAPE_TRAINER_MODEL_H_

#include <torch/torch.h>

#include <vector>

#include "shape/shape.h"
#include "trainer/parameters.h"
#include "trainer/run_spec.h"

namespace isoshape {

// The forward pass of a transformer, with the multipliers of its recipe.
// Autograd gives the backward pass. Every option of Shape runs here, on every
// device; this is what faster ways of computing a step are held against. Not
// thread-safe.
class Model {
 public:
  // `parameters` must outlive it and be of the same shape.
  Model(const Shape& shape, const Recipe& recipe, const Parameters& parameters);

  // Loss of every token, nats: inputs and targets are int64 [batch, time], time
  // at most the context; the result is float [batch, time]. `log_normalizer`,
  // where given, gets the log of each softmax's denominator, of that size.
  torch::Tensor Losses(const torch::Tensor& inputs,
                       const torch::Tensor& targets,
                       torch::Tensor* log_normalizer = nullptr) const;

  // Logits, float [batch, time, vocab]. `activations`, where given, gets the
  // mean absolute value of the residual stream after each block.
  torch::Tensor Logits(const torch::Tensor& inputs,
                       std::vector<double>* activations = nullptr) const;

 private:
  // What the shape does not have is undefined.
  struct Block {
    torch::Tensor norm1, norm1_bias, qkv, qkv_bias, q_norm, k_norm;
    torch::Tensor out, out_bias;
    torch::Tensor norm2, norm2_bias, up, up_bias, down, down_bias;
  };

  // One branch and the stream that it is added to, with the norm where it is
  // placed.
  template <typename Branch>
  torch::Tensor AddBranch(const torch::Tensor& x, const torch::Tensor& gain,
                          const torch::Tensor& bias,
                          const Branch& branch) const;
  torch::Tensor Embed(const torch::Tensor& inputs) const;
  torch::Tensor Normalize(const torch::Tensor& x, const torch::Tensor& gain,
                          const torch::Tensor& bias) const;
  torch::Tensor Linear(const torch::Tensor& x, const torch::Tensor& weight,
                       const torch::Tensor& bias) const;
  torch::Tensor Rotate(const torch::Tensor& x) const;
  torch::Tensor Activate(const torch::Tensor& x) const;
  torch::Tensor Attend(const Block& block, const torch::Tensor& x) const;
  torch::Tensor FeedForward(const Block& block, const torch::Tensor& x) const;
  torch::Tensor PredictionHead(const torch::Tensor& x) const;

  const Shape shape_;
  const Precision precision_;
  const double input_scale_;
  const double branch_scale_;
  const double attention_scale_;
  const double output_scale_;
  std::vector<Block> blocks_;
  torch::Tensor embedding_, positions_, embedding_norm_, embedding_bias_;
  torch::Tensor final_norm_, final_bias_, unembedding_;
  torch::Tensor head_, head_bias_, head_norm_, head_norm_bias_;
  torch::Tensor cos_, sin_;  // [context, 1, head_dim / 2]
};

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_MODEL_H_
