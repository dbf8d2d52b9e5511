#ifndef ISOSHAPE_SHAPE_ACCOUNTING_H_
#define ISOSHAPE_SHAPE_ACCOUNTING_H_

#include <algorithm>
#include <cstdint>

#include "shape/shape.h"

namespace isoshape {

// Parameters by kind.
struct ParameterCounts {
  int64_t embedding = 0;    // vocab x width
  int64_t positions = 0;    // context x width if learned, else 0
  int64_t attention = 0;    // all layers
  int64_t ffn = 0;          // all layers
  int64_t norms = 0;        // gains and biases, with the final norm
  int64_t head = 0;         // prediction head of the masked objective
  int64_t unembedding = 0;  // 0 if tied

  int64_t total() const;
  // Without embedding, positions and unembedding (Kaplan et al. 2020).
  int64_t non_embedding() const;
};

ParameterCounts CountParameters(const Shape& shape);

// How training FLOPs per token are counted; docs/accounting.md.
enum class FlopConvention { kExact, kChinchilla, kKaplan, kSixN, kPalm };

// FLOPs per token of the forward pass, exact convention: matrix
// multiplications only, attention over the full context, lookup free.
double ForwardFlopsPerToken(const Shape& shape);

// FLOPs per token of forward and backward (3 x forward for kExact).
double TrainingFlopsPerToken(
    const Shape& shape, FlopConvention convention = FlopConvention::kExact);

// Size N of this service: exact training FLOPs per token / 6.
double EffectiveSize(const Shape& shape);

// Whole steps of `tokens_per_step` tokens nearest to `budget_flops`; 0 if even
// one step costs more than twice the budget.
int64_t StepsAtBudget(const Shape& shape, double budget_flops,
                      int64_t tokens_per_step);

// How a shape is trained, as far as its memory depends on it.
struct TrainingKind {
  bool bf16 = false;     // products in bf16; fp32 and tf32 take the same memory
  bool muon = false;     // Muon for the hidden matrices, AdamW for the others
  bool gpu = true;       // a CPU takes the loss in smaller chunks
  int64_t replicas = 1;  // runs that are trained at once
};

// Logits that the loss has in memory at once, if there are as many: large
// enough on a GPU for products to be fast (1,334 rows of 50,304 words), small
// enough on a CPU to be no burden (333 rows).
int64_t LossChunkLogits(bool gpu);

// Estimated training memory in bytes, without recomputation; docs/accounting.md
// has the terms, and how far from measured peaks they are.
struct MemoryEstimate {
  int64_t state = 0;        // weights, gradients, both Adam moments: 16 B each
  int64_t activations = 0;  // of the forward and backward pass of one step
  int64_t optimizer = 0;    // of its update, after which the others are freed
  int64_t total() const { return state + std::max(activations, optimizer); }
};
MemoryEstimate EstimateTrainingMemory(const Shape& shape,
                                      int64_t tokens_per_step,
                                      const TrainingKind& kind = {});

}  // namespace isoshape

#endif  // ISOSHAPE_SHAPE_ACCOUNTING_H_
