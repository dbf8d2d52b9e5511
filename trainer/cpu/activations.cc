#include "trainer/cpu/activations.h"

#include <algorithm>

#include "trainer/cpu/kernels.h"
#include "trainer/cpu/padded_layout.h"

namespace isoshape::cpu {

RowWidths WidthsOf(const Shape& shape) {
  const int64_t head = Padded(shape.head_dim);
  const int64_t ffn = Padded(shape.ffn_width);
  return {Padded(shape.width),
          (shape.heads + 2 * shape.kv_heads) * head,
          shape.heads * head,
          shape.activation == Activation::kSwiglu ? 2 * ffn : ffn,
          ffn,
          Padded(shape.vocab)};
}

int64_t SpreadStride(int64_t width) {
  return width / kBlock % 2 == 0 ? width + kBlock : width;
}

Activations::Activations(const Shape& shape, int64_t tokens)
    : buffer_([&] {
        Assign(shape, tokens);
        return used_;
      }()) {
  base_ = buffer_.data();
  used_ = 0;
  Assign(shape, tokens);
}

Rows Activations::Take(int64_t rows, int64_t width) {
  const int64_t stride = SpreadStride(width);
  const int64_t begin = used_;
  used_ += rows * stride;
  return {base_ == nullptr ? nullptr : base_ + begin, stride};
}

void Activations::Assign(const Shape& shape, int64_t tokens) {
  constexpr int64_t kLogitBytes = 256 << 10;
  const RowWidths widths = WidthsOf(shape);
  blocks.assign(static_cast<size_t>(shape.depth), {});
  for (BlockActivations& block : blocks) {
    block.input = Take(tokens, widths.stream);
    block.normed1 = Take(tokens, widths.stream);
    block.qkv = Take(tokens, widths.qkv);
    block.attended = Take(tokens, widths.attended);
    block.middle = Take(tokens, widths.stream);
    block.normed2 = Take(tokens, widths.stream);
    block.hidden = Take(tokens, widths.hidden);
    block.activated = Take(tokens, widths.activated);
    block.statistics1 = Take(1, Padded(2 * tokens)).data;
    block.statistics2 = Take(1, Padded(2 * tokens)).data;
    block.softmax = Take(1, Padded(2 * shape.heads * tokens)).data;
  }
  output = Take(tokens, widths.stream);
  normed = Take(tokens, widths.stream);
  statistics = Take(1, Padded(2 * tokens)).data;
  logit_rows = std::clamp<int64_t>(
      kLogitBytes / 4 / widths.logits / kBlock * kBlock, kBlock, tokens);
  logits = Take(logit_rows, widths.logits);
  dstream = Take(tokens, widths.stream);
  dnormed = Take(tokens, widths.stream);
  dqkv = Take(tokens, widths.qkv);
  dattended = Take(tokens, widths.attended);
  dhidden = Take(tokens, widths.hidden);
}

}  // namespace isoshape::cpu
