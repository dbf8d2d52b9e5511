#ifndef ISOSHAPE_TRAINER_CPU_KERNELS_H_
#define ISOSHAPE_TRAINER_CPU_KERNELS_H_

#include <stdint.h>

// The arithmetic of CpuEngine, compiled for several instruction sets; the one
// to run with is chosen when the program runs. This header is included by files
// compiled for one instruction set: it must hold no inline functions.

namespace isoshape::cpu {

// Rows of floats begin `stride` apart and are padded with zeros to whole blocks
// of this many, so that no kernel has a remainder of columns.
inline constexpr int64_t kBlock = 16;

// C = alpha (A B + bias) + addend. A is [rows, depth] and C is [rows,
// columns], columns a multiple of kBlock.
struct Matmul {
  int64_t rows, columns, depth;
  // Row-major; `a_transposed`: A is stored as [depth, rows].
  const float* a;
  int64_t a_stride;
  bool a_transposed;
  // Row-major if `b_packed` is false; else as Kernels::pack leaves it.
  const float* b;
  int64_t b_stride;
  bool b_packed;
  float* c;
  int64_t c_stride;
  float alpha;
  const float* bias;    // [columns], or null
  const float* addend;  // of C's stride, may be C; or null
  // A float of A and of B holds a pair of neighbours in the direction of
  // `depth`, which counts pairs, as bf16.
  bool pairs;
};

// A norm of every row of x [rows, width], padded to `columns`. The statistics
// of a row are its mean (0 with RMSNorm) and 1 / its deviation.
struct NormPass {
  int64_t rows, width, columns;
  bool centred;  // LayerNorm; else RMSNorm
  float epsilon;
  const float* x;
  int64_t x_stride;
  const float* gain;  // [columns]
  const float* bias;  // [columns], or null
  float* statistics;  // [rows, 2]
};

// Causal attention of one sequence. Queries, keys and values lie side by side
// in rows of `qkv`: heads, then kv_heads, then kv_heads blocks of head_columns
// (head_dim padded to kBlock). Heads share the keys of head * kv_heads / heads.
struct AttentionPass {
  int64_t time, heads, kv_heads, head_columns;
  float scale;
  const float* qkv;  // [time, (heads + 2 kv_heads) head_columns]
  int64_t qkv_stride;
  float* softmax;  // [heads, time, 2]: largest score, 1 / denominator
  float* scratch;  // Kernels::attention_scratch floats
};

// AdamW's settings for one step over one part of the flat buffers.
struct AdamWStep {
  float rate;   // learning rate
  float decay;  // 1 - rate * weight decay
  float beta1, beta2;
  float epsilon;
  float mean_correction;    // 1 / (1 - beta1^t)
  float square_correction;  // 1 / sqrt(1 - beta2^t)
  float gradient_scale;     // of clipping
};

struct Kernels {
  const char* name;  // baseline, avx2, avx512, avx512_bf16 or amx

  void (*matmul)(const Matmul& matmul);
  // Floats that `pack` writes for a matrix of [rows, columns].
  int64_t (*packed_size)(int64_t rows, int64_t columns);
  // Packs B for `matmul`: from rows [depth, columns], or from their transpose
  // [columns, depth].
  void (*pack)(const float* from, int64_t stride, int64_t depth,
               int64_t columns, bool transposed, float* to);

  // Conversions to bf16, rounded to nearest; null if the instruction set has no
  // bf16. pack_pairs does what `pack` does for a product of pairs, whose depth
  // is even. rows_to_bf16 converts row-major operands [rows, columns].
  // pairs_to_bf16 turns them into pairs of rows, [rows / 2, columns]; an odd
  // last row is paired with zeros.
  void (*pack_pairs)(const float* from, int64_t stride, int64_t depth,
                     int64_t columns, bool transposed, float* to);
  void (*rows_to_bf16)(const float* from, int64_t stride, int64_t rows,
                       int64_t columns, float* to, int64_t to_stride);
  void (*pairs_to_bf16)(const float* from, int64_t stride, int64_t rows,
                        int64_t columns, float* to, int64_t to_stride);

  // y [rows, columns], and the statistics.
  void (*norm)(const NormPass& pass, float* y, int64_t y_stride);
  // Given the gradient of y, adds to the gradients of x, gain and bias (null:
  // none).
  void (*norm_backward)(const NormPass& pass, const float* dy,
                        int64_t dy_stride, float* dx, int64_t dx_stride,
                        float* dgain, float* dbias);

  // GELU (tanh form) of u [count] into y; leaves the derivative in u.
  void (*gelu)(float* u, float* y, int64_t count);
  // SwiGLU: y = silu(gate) * up; leaves dy/dgate in gate and dy/dup in up.
  void (*swiglu)(float* gate, float* up, float* y, int64_t count);
  // out = a * b.
  void (*multiply)(const float* a, const float* b, float* out, int64_t count);
  // y += scale * x.
  void (*add_scaled)(const float* x, float scale, float* y, int64_t count);
  // out = scale * (a + b); b may be null.
  void (*scaled_sum)(const float* a, const float* b, float scale, float* out,
                     int64_t count);

  // Turns pairs (x[i], x[i + half]) of `heads` heads in one row by the angles
  // of that row, or back (Su et al. 2021).
  void (*rotate)(float* row, int64_t heads, int64_t head_columns, int64_t half,
                 const float* cosines, const float* sines, bool back);

  int64_t (*attention_scratch)(int64_t time, int64_t head_columns);
  // Output [time, heads head_columns].
  void (*attention)(const AttentionPass& pass, float* output, int64_t stride);
  // Given `output` and its gradient, writes the whole gradient of qkv.
  void (*attention_backward)(const AttentionPass& pass, const float* output,
                             const float* doutput, int64_t stride, float* dqkv,
                             int64_t dqkv_stride);

  // Loss of one row of logits, nats. Turns the logits into gradient_scale times
  // their gradient; 0: leaves them undefined.
  float (*cross_entropy)(float* logits, int64_t vocab, int64_t columns,
                         int64_t target, float gradient_scale);

  // gradients += others.
  double (*sum_of_squares)(const float* values, int64_t count);
  // Updates `count` weights and sets their gradients to 0.
  void (*adamw)(const AdamWStep& step, float* weights, float* gradients,
                float* means, float* squares, int64_t count);
};

// The kernels for the best instruction set of this processor, or those that the
// environment variable ISOSHAPE_KERNELS names. Throws std::invalid_argument if
// this processor has none of that name.
const Kernels& ChosenKernels();

// All that this processor can run, the slowest first; null after the last.
const Kernels* const* SupportedKernels();

}  // namespace isoshape::cpu

#endif  // ISOSHAPE_TRAINER_CPU_KERNELS_H_
