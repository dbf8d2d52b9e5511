#ifndef ISOSHAPE_TRAINER_CPU_ACTIVATIONS_H_
#define ISOSHAPE_TRAINER_CPU_ACTIVATIONS_H_

#include <cstdint>
#include <vector>

#include "shape/shape.h"
#include "trainer/cpu/buffer.h"

namespace isoshape::cpu {

// Rows of floats, one for each token, `stride` apart.
struct Rows {
  float* data = nullptr;
  int64_t stride = 0;

  float* row(int64_t index) const { return data + index * stride; }
};

// Distance of rows of `width` floats, padded: an odd number of lines, which
// spreads rows over all sets of the cache.
int64_t SpreadStride(int64_t width);

// What a block keeps of the forward pass until its backward pass.
struct BlockActivations {
  Rows input;      // [tokens, width]: the stream
  Rows normed1;    // [tokens, width]
  Rows qkv;        // [tokens, (heads + 2 kv_heads) head_dim], turned
  Rows attended;   // [tokens, heads head_dim]
  Rows middle;     // [tokens, width]: the stream between the branches
  Rows normed2;    // [tokens, width]
  Rows hidden;     // [tokens, rows of `up`]: derivatives of the activation
  Rows activated;  // [tokens, ffn_width]
  float* statistics1 = nullptr;  // [tokens, 2] of norm1
  float* statistics2 = nullptr;  // [tokens, 2] of norm2
  float* softmax = nullptr;      // [sequences, heads, context, 2]: Kernels'
};

// Padded widths of rows.
struct RowWidths {
  int64_t stream, qkv, attended, hidden, activated, logits;
};
RowWidths WidthsOf(const Shape& shape);

// Buffers of one thread for a forward and a backward pass over at most `tokens`
// tokens, allocated once.
class Activations {
 public:
  Activations(const Shape& shape, int64_t tokens);

  std::vector<BlockActivations> blocks;
  Rows output;  // [tokens, width]: the stream after the last block
  Rows normed;  // [tokens, width]: after the final norm
  float* statistics = nullptr;  // [tokens, 2] of the final norm
  Rows logits;                  // [logit_rows, vocab]: then their gradients
  int64_t logit_rows = 0;  // a few rows at a time, so that they stay in cache

  // Gradients: of the stream, and of what the block at hand computed.
  Rows dstream, dnormed, dqkv, dattended, dhidden;

 private:
  // Takes the next `rows` rows; while `buffer_` is empty, only counts.
  Rows Take(int64_t rows, int64_t width);
  void Assign(const Shape& shape, int64_t tokens);

  int64_t used_ = 0;
  float* base_ = nullptr;
  Buffer buffer_;
};

}  // namespace isoshape::cpu

#endif  // ISOSHAPE_TRAINER_CPU_ACTIVATIONS_H_
