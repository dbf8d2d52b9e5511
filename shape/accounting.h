#ifndef ISOSHAPE_SHAPE_ACCOUNTING_H_
#define ISOSHAPE_SHAPE_ACCOUNTING_H_

#include <cstdint>
#include <string_view>

#include "shape/shape.h"

namespace isoshape {

// Parameters by kind.
struct ParameterCounts {
  int64_t embedding = 0;    // vocab x width
  int64_t positions = 0;    // context x width where learned
  int64_t attention = 0;    // all layers
  int64_t ffn = 0;          // all layers
  int64_t norms = 0;        // gains and biases, with the final norm
  int64_t head = 0;         // prediction head of the masked objective
  int64_t unembedding = 0;  // 0 where tied

  int64_t total() const;
  // Without embedding, positions and unembedding (Kaplan et al. 2020).
  int64_t non_embedding() const;
};

ParameterCounts CountParameters(const Shape& shape);

// How training FLOPs per token are counted; docs/accounting.md.
enum class FlopConvention { kExact, kChinchilla, kKaplan, kSixN, kPalm };

// `exact`, `chinchilla`, `kaplan`, `6n`, `palm`.
std::string_view FlopConventionName(FlopConvention convention);

// FLOPs per token of the forward pass, exact convention: matrix
// multiplications only, attention over the full context, lookup free.
double ForwardFlopsPerToken(const Shape& shape);

// FLOPs per token of forward and backward (3 x forward for kExact).
double TrainingFlopsPerToken(
    const Shape& shape, FlopConvention convention = FlopConvention::kExact);

// Size N of this service: exact training FLOPs per token / 6.
double EffectiveSize(const Shape& shape);

// Whole steps of `tokens_per_step` tokens nearest to `budget_flops`; 0 where
// even one step costs more than twice the budget.
int64_t StepsAtBudget(const Shape& shape, double budget_flops,
                      int64_t tokens_per_step);

// Estimated training memory in bytes, fp32 with AdamW, no recomputation.
struct MemoryEstimate {
  int64_t state = 0;        // weights, gradients, both Adam moments: 16 B each
  int64_t activations = 0;  // saved for the backward pass of one step
  int64_t total() const { return state + activations; }
};
MemoryEstimate EstimateTrainingMemory(const Shape& shape,
                                      int64_t tokens_per_step);

}  // namespace isoshape

#endif  // ISOSHAPE_SHAPE_ACCOUNTING_H_
