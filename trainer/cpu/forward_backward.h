#ifndef ISOSHAPE_TRAINER_CPU_FORWARD_BACKWARD_H_
#define ISOSHAPE_TRAINER_CPU_FORWARD_BACKWARD_H_

#include <cstdint>
#include <vector>

#include "shape/shape.h"
#include "trainer/cpu/activations.h"
#include "trainer/cpu/kernels.h"
#include "trainer/cpu/products.h"
#include "trainer/cpu/weights.h"
#include "trainer/spec/run_spec.h"

namespace isoshape::cpu {

// The forward and the backward pass of the model over a few sequences, on one
// thread: the arithmetic of Model, with its derivatives written out. Threads
// share the weights and have a Pass each.
class Pass {
 public:
  // `weights` and `kernels` must outlive it. Takes at most `sequences`
  // sequences at a time.
  Pass(const Shape& shape, const Recipe& recipe, const Weights& weights,
       const Kernels& kernels, int64_t sequences);

  // Trains on `sequences` sequences of `time` + 1 tokens each: adds the
  // gradients of gradient_scale times the sum of all losses to `gradients`, a
  // padded buffer. Returns the sum of the losses, nats.
  double Train(const int32_t* tokens, int64_t sequences, int64_t time,
               float gradient_scale, float* gradients);

  // Mean loss of each sequence, nats per token.
  void Evaluate(const int32_t* tokens, int64_t sequences, int64_t time,
                double* losses);

 private:
  // The arguments of the present call.
  struct Work {
    const int32_t* tokens = nullptr;
    int64_t sequences = 0, time = 0, rows = 0;
    float* gradients = nullptr;  // null: without backward pass
    float gradient_scale = 0;
  };
  // The input token of a row, and its target.
  int32_t Input(int64_t row) const;
  int32_t Target(int64_t row) const;

  void Forward();
  void Embed(const Rows& to);
  void AttentionForward(const BlockWeights& weights,
                        const BlockActivations& block);
  void FeedForward(const BlockWeights& weights, const BlockActivations& block,
                   const Rows& output);
  // Adds each row's loss to losses[row's sequence]; with gradients, leaves
  // those of the final norm's output in dnormed.
  void Losses(double* losses);

  void Backward();
  void AttentionBackward(const BlockWeights& weights,
                         const BlockActivations& block);
  void FeedForwardBackward(const BlockWeights& weights,
                           const BlockActivations& block);
  void EmbedBackward();

  // dW += alpha dy^T x; dbias += alpha sum of dy.
  void AddGradient(const WeightMatrix& matrix, const Rows& dy, const Rows& x,
                   float alpha, std::optional<int64_t> bias);
  NormPass Norm(const Rows& x, int64_t gain, std::optional<int64_t> bias,
                float* statistics) const;
  void NormBackward(const NormPass& pass, int64_t gain,
                    std::optional<int64_t> bias) const;
  AttentionPass AttentionOf(const BlockActivations& block, int64_t sequence);
  void Rotate(const Rows& qkv, bool back) const;
  const float* At(std::optional<int64_t> offset) const;

  const Shape shape_;
  const RowWidths widths_;
  const Weights& weights_;
  const Kernels& kernels_;
  const float input_scale_, branch_scale_, attention_scale_, output_scale_;
  std::vector<float> cosines_, sines_;  // [context, head_dim / 2] with RoPE
  Activations activations_;
  Products products_;
  Buffer scratch_;  // of attention
  std::vector<double> losses_;
  Work work_;
};

}  // namespace isoshape::cpu

#endif  // ISOSHAPE_TRAINER_CPU_FORWARD_BACKWARD_H_
