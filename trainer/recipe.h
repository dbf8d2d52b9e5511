#ifndef ISOSHAPE_TRAINER_RECIPE_H_
#define ISOSHAPE_TRAINER_RECIPE_H_

#include <cstdint>

#include "shape/shape.h"
#include "trainer/run_spec.h"
#include "trainer/tensor_kind.h"

namespace isoshape {

// Rules that make one base rate and one initial scale fair to every shape: Dey
// et al. 2025 (arXiv 2505.01618), table 1 with alpha = 1, where m_N = width /
// base width and m_L = depth / base depth. `mup` is the column before it in
// that table (Yang et al. 2022, arXiv 2203.03466): m_L = 1, whatever the depth.
// `standard` is GPT-2's: one rate, and 1/sqrt(2 depth) on the matrices that
// write to the residual stream.

// Standard deviation of initial weights.
double InitialStd(TensorKind kind, const Shape& shape, const Recipe& recipe);

// Factor of each residual branch: 1 / m_L; 1 where nothing is summed.
double BranchMultiplier(const Shape& shape, const Recipe& recipe);

// Factor of query-key products: 1 / head_dim; 1 / sqrt(head_dim) in `standard`,
// and with a norm of queries and keys, which bounds their products already.
double AttentionScale(const Shape& shape, const Recipe& recipe);

// Factor of the logits: output_multiplier / m_N.
double LogitsMultiplier(const Shape& shape, const Recipe& recipe);

// AdamW's settings of one kind of tensor.
struct GroupOptions {
  double learning_rate = 0;  // at the schedule's peak
  double weight_decay = 0;   // multiplied by the learning rate
  double epsilon = 0;
};
GroupOptions OptionsOf(TensorKind kind, const Shape& shape,
                       const Recipe& recipe);

// Added to the mean square (RMSNorm) or the variance (LayerNorm).
inline constexpr double kRmsNormEpsilon = 1e-6;
inline constexpr double kLayerNormEpsilon = 1e-5;

// Factor of the learning rate at `step` (0 .. steps - 1): linear warmup,
// constant, then 1 - sqrt cooldown to zero (Hägele et al. 2024).
double ScheduleFactor(int64_t step, int64_t steps, const Recipe& recipe);

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_RECIPE_H_
