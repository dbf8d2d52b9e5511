#include "trainer/cpu/forward_backward.h"

#include <algorithm>
#include <cmath>

#include "trainer/cpu/padded_layout.h"
#include "trainer/spec/recipe.h"

namespace isoshape::cpu {

Pass::Pass(const Shape& shape, const Recipe& recipe, const Weights& weights,
           const Kernels& kernels, int64_t sequences)
    : shape_(shape),
      widths_(WidthsOf(shape)),
      weights_(weights),
      kernels_(kernels),
      input_scale_(static_cast<float>(recipe.input_multiplier)),
      branch_scale_(static_cast<float>(BranchMultiplier(shape, recipe))),
      attention_scale_(static_cast<float>(AttentionScale(shape, recipe))),
      output_scale_(static_cast<float>(LogitsMultiplier(shape, recipe))),
      activations_(shape, sequences * shape.context),
      products_(weights, kernels, sequences * shape.context),
      scratch_(
          kernels.attention_scratch(shape.context, Padded(shape.head_dim))),
      losses_(static_cast<size_t>(sequences)) {
  if (shape.positions != Positions::kRope) return;
  // Su et al. 2021; the angles of Model.
  const int64_t half = shape.head_dim / 2;
  for (int64_t t = 0; t < shape.context; ++t) {
    for (int64_t i = 0; i < half; ++i) {
      const double frequency =
          std::pow(10000.0, static_cast<double>(i) * -2.0 /
                                static_cast<double>(shape.head_dim));
      const double angle = static_cast<double>(t) * frequency;
      cosines_.push_back(static_cast<float>(std::cos(angle)));
      sines_.push_back(static_cast<float>(std::sin(angle)));
    }
  }
}

double Pass::Train(const int32_t* tokens, int64_t sequences, int64_t time,
                   float gradient_scale, float* gradients) {
  work_ = {tokens,           sequences, time,
           sequences * time, gradients, gradient_scale};
  std::fill(losses_.begin(), losses_.end(), 0.0);
  Forward();
  Losses(losses_.data());
  Backward();
  double sum = 0;
  for (const double loss : losses_) sum += loss;
  return sum;
}

void Pass::Evaluate(const int32_t* tokens, int64_t sequences, int64_t time,
                    double* losses) {
  work_ = {tokens, sequences, time, sequences * time, nullptr, 0};
  std::fill(losses, losses + sequences, 0.0);
  Forward();
  Losses(losses);
  for (int64_t i = 0; i < sequences; ++i) {
    losses[i] /= static_cast<double>(time);
  }
}

int32_t Pass::Input(int64_t row) const {
  return work_.tokens[row / work_.time * (work_.time + 1) + row % work_.time];
}

int32_t Pass::Target(int64_t row) const {
  return work_
      .tokens[row / work_.time * (work_.time + 1) + row % work_.time + 1];
}

const float* Pass::At(std::optional<int64_t> offset) const {
  return offset.has_value() ? weights_.data() + *offset : nullptr;
}

void Pass::Forward() {
  const auto& blocks = activations_.blocks;
  Embed(blocks.empty() ? activations_.output : blocks.front().input);
  for (size_t i = 0; i < blocks.size(); ++i) {
    AttentionForward(weights_.blocks()[i], blocks[i]);
    FeedForward(
        weights_.blocks()[i], blocks[i],
        i + 1 < blocks.size() ? blocks[i + 1].input : activations_.output);
  }
  kernels_.norm(Norm(activations_.output, weights_.final_norm(),
                     weights_.final_norm_bias(), activations_.statistics),
                activations_.normed.data, activations_.normed.stride);
}

void Pass::Embed(const Rows& to) {
  const float* positions = At(weights_.positions());
  for (int64_t row = 0; row < work_.rows; ++row) {
    const float* token =
        weights_.data() + weights_.embedding() + Input(row) * widths_.stream;
    kernels_.scaled_sum(token,
                        positions == nullptr
                            ? nullptr
                            : positions + row % work_.time * widths_.stream,
                        input_scale_, to.row(row), widths_.stream);
  }
}

void Pass::AttentionForward(const BlockWeights& weights,
                            const BlockActivations& block) {
  kernels_.norm(
      Norm(block.input, weights.norm1, weights.norm1_bias, block.statistics1),
      block.normed1.data, block.normed1.stride);
  products_.Apply(weights.qkv, block.normed1, work_.rows, 1,
                  At(weights.qkv_bias), nullptr, block.qkv);
  Rotate(block.qkv, false);
  for (int64_t sequence = 0; sequence < work_.sequences; ++sequence) {
    kernels_.attention(AttentionOf(block, sequence),
                       block.attended.row(sequence * work_.time),
                       block.attended.stride);
  }
  products_.Apply(weights.out, block.attended, work_.rows, branch_scale_,
                  At(weights.out_bias), block.input.data, block.middle);
}

void Pass::FeedForward(const BlockWeights& weights,
                       const BlockActivations& block, const Rows& output) {
  kernels_.norm(
      Norm(block.middle, weights.norm2, weights.norm2_bias, block.statistics2),
      block.normed2.data, block.normed2.stride);
  products_.Apply(weights.up, block.normed2, work_.rows, 1, At(weights.up_bias),
                  nullptr, block.hidden);
  for (int64_t row = 0; row < work_.rows; ++row) {
    float* hidden = block.hidden.row(row);
    if (shape_.activation == Activation::kSwiglu) {
      kernels_.swiglu(hidden, hidden + widths_.activated,
                      block.activated.row(row), widths_.activated);
    } else {
      kernels_.gelu(hidden, block.activated.row(row), widths_.activated);
    }
  }
  products_.Apply(weights.down, block.activated, work_.rows, branch_scale_,
                  At(weights.down_bias), block.middle.data, output);
}

void Pass::AddGradient(const WeightMatrix& matrix, const Rows& dy,
                       const Rows& x, float alpha,
                       std::optional<int64_t> bias) {
  products_.AddGradient(matrix, dy, x, work_.rows, alpha, work_.gradients);
  if (!bias.has_value()) return;
  for (int64_t row = 0; row < work_.rows; ++row) {
    kernels_.add_scaled(dy.row(row), alpha, work_.gradients + *bias,
                        matrix.rows);
  }
}

void Pass::Losses(double* losses) {
  const WeightMatrix& matrix = weights_.unembedding();
  const Rows& logits = activations_.logits;
  const bool training = work_.gradients != nullptr;
  for (int64_t begin = 0; begin < work_.rows;
       begin += activations_.logit_rows) {
    const int64_t rows = std::min(activations_.logit_rows, work_.rows - begin);
    const Rows normed{activations_.normed.row(begin),
                      activations_.normed.stride};
    products_.Apply(matrix, normed, rows, output_scale_, nullptr, nullptr,
                    logits);
    for (int64_t i = 0; i < rows; ++i) {
      losses[(begin + i) / work_.time] += static_cast<double>(
          kernels_.cross_entropy(logits.row(i), shape_.vocab, widths_.logits,
                                 Target(begin + i), work_.gradient_scale));
    }
    if (!training) continue;
    products_.AddGradient(matrix, logits, normed, rows, output_scale_,
                          work_.gradients);
    products_.ApplyBack(
        matrix, logits, rows, output_scale_,
        {activations_.dnormed.row(begin), activations_.dnormed.stride});
  }
}

void Pass::Backward() {
  for (int64_t row = 0; row < work_.rows; ++row) {
    std::fill_n(activations_.dstream.row(row), widths_.stream, 0.0f);
  }
  NormBackward(Norm(activations_.output, weights_.final_norm(),
                    weights_.final_norm_bias(), activations_.statistics),
               weights_.final_norm(), weights_.final_norm_bias());
  for (size_t i = activations_.blocks.size(); i-- > 0;) {
    FeedForwardBackward(weights_.blocks()[i], activations_.blocks[i]);
    AttentionBackward(weights_.blocks()[i], activations_.blocks[i]);
  }
  EmbedBackward();
}

void Pass::FeedForwardBackward(const BlockWeights& weights,
                               const BlockActivations& block) {
  const Rows& dstream = activations_.dstream;
  const Rows& dhidden = activations_.dhidden;
  AddGradient(weights.down, dstream, block.activated, branch_scale_,
              weights.down_bias);
  products_.ApplyBack(weights.down, dstream, work_.rows, branch_scale_,
                      dhidden);
  for (int64_t row = 0; row < work_.rows; ++row) {
    float* d = dhidden.row(row);
    const float* derivative = block.hidden.row(row);
    // The second half first: the first one is overwritten.
    for (int64_t half = widths_.hidden - widths_.activated; half >= 0;
         half -= widths_.activated) {
      kernels_.multiply(d, derivative + half, d + half, widths_.activated);
    }
  }
  AddGradient(weights.up, dhidden, block.normed2, 1, weights.up_bias);
  products_.ApplyBack(weights.up, dhidden, work_.rows, 1, activations_.dnormed);
  NormBackward(
      Norm(block.middle, weights.norm2, weights.norm2_bias, block.statistics2),
      weights.norm2, weights.norm2_bias);
}

void Pass::AttentionBackward(const BlockWeights& weights,
                             const BlockActivations& block) {
  const Rows& dstream = activations_.dstream;
  const Rows& dattended = activations_.dattended;
  const Rows& dqkv = activations_.dqkv;
  AddGradient(weights.out, dstream, block.attended, branch_scale_,
              weights.out_bias);
  products_.ApplyBack(weights.out, dstream, work_.rows, branch_scale_,
                      dattended);
  for (int64_t sequence = 0; sequence < work_.sequences; ++sequence) {
    const int64_t row = sequence * work_.time;
    kernels_.attention_backward(AttentionOf(block, sequence),
                                block.attended.row(row), dattended.row(row),
                                dattended.stride, dqkv.row(row), dqkv.stride);
  }
  Rotate(dqkv, true);
  AddGradient(weights.qkv, dqkv, block.normed1, 1, weights.qkv_bias);
  products_.ApplyBack(weights.qkv, dqkv, work_.rows, 1, activations_.dnormed);
  NormBackward(
      Norm(block.input, weights.norm1, weights.norm1_bias, block.statistics1),
      weights.norm1, weights.norm1_bias);
}

void Pass::EmbedBackward() {
  float* embedding = work_.gradients + weights_.embedding();
  for (int64_t row = 0; row < work_.rows; ++row) {
    const float* d = activations_.dstream.row(row);
    kernels_.add_scaled(d, input_scale_,
                        embedding + Input(row) * widths_.stream,
                        widths_.stream);
    if (!weights_.positions().has_value()) continue;
    kernels_.add_scaled(d, input_scale_,
                        work_.gradients + *weights_.positions() +
                            row % work_.time * widths_.stream,
                        widths_.stream);
  }
}

NormPass Pass::Norm(const Rows& x, int64_t gain, std::optional<int64_t> bias,
                    float* statistics) const {
  const bool centred = shape_.norm == isoshape::Norm::kLayer;
  return {work_.rows,
          shape_.width,
          widths_.stream,
          centred,
          static_cast<float>(centred ? kLayerNormEpsilon : kRmsNormEpsilon),
          x.data,
          x.stride,
          At(gain),
          At(bias),
          statistics};
}

void Pass::NormBackward(const NormPass& pass, int64_t gain,
                        std::optional<int64_t> bias) const {
  kernels_.norm_backward(pass, activations_.dnormed.data,
                         activations_.dnormed.stride, activations_.dstream.data,
                         activations_.dstream.stride, work_.gradients + gain,
                         bias.has_value() ? work_.gradients + *bias : nullptr);
}

AttentionPass Pass::AttentionOf(const BlockActivations& block,
                                int64_t sequence) {
  return {work_.time,
          shape_.heads,
          shape_.kv_heads,
          Padded(shape_.head_dim),
          attention_scale_,
          block.qkv.row(sequence * work_.time),
          block.qkv.stride,
          block.softmax + 2 * sequence * shape_.heads * work_.time,
          scratch_.data()};
}

void Pass::Rotate(const Rows& qkv, bool back) const {
  if (cosines_.empty()) return;
  const int64_t half = shape_.head_dim / 2;
  for (int64_t row = 0; row < work_.rows; ++row) {
    const int64_t at = row % work_.time * half;
    kernels_.rotate(qkv.row(row), shape_.heads + shape_.kv_heads,
                    Padded(shape_.head_dim), half, cosines_.data() + at,
                    sines_.data() + at, back);
  }
}

}  // namespace isoshape::cpu
