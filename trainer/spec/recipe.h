#ifndef ISOSHAPE_TRAINER_SPEC_RECIPE_H_
#define ISOSHAPE_TRAINER_SPEC_RECIPE_H_

#include <cstdint>
#include <string>

#include "shape/shape.h"
#include "trainer/spec/run_spec.h"
#include "trainer/spec/tensor_kind.h"

namespace isoshape {

// Rules that make one base rate and one initial scale fair to every shape: Dey
// et al. 2025 (arXiv 2505.01618), table 1 with alpha = 1, where m_N = width /
// base width and m_L = depth / base depth. `mup` is the column before it in
// that table (Yang et al. 2022, arXiv 2203.03466): m_L = 1, whatever the depth.
// `standard` is GPT-2's: one rate, and 1/sqrt(2 depth) on the matrices that
// write to the residual stream.

// Standard deviation of initial weights.
double InitialStd(TensorKind kind, const Shape& shape, const Recipe& recipe);

// Factor of each residual branch: 1 / m_L; 1 if the shape has no residual sum.
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

// Factor of the learning rate at `step` (0 .. steps - 1): linear warmup, then
// constant and a 1 - sqrt cooldown to zero (Hägele et al. 2024), or half a
// cosine to a tenth (Hoffmann et al. 2022).
double ScheduleFactor(int64_t step, int64_t steps, const Recipe& recipe);

// The first step of the cooldown of a run of `steps` steps; `steps` if it has
// none.
int64_t CooldownStart(int64_t steps, const Recipe& recipe);

// Factor of the rate in that cooldown, at `step` >= CooldownStart.
double CooldownFactor(int64_t step, int64_t steps, const Recipe& recipe);

// Why spec.branch_steps cannot branch off the run, in one line with the remedy,
// or an empty string: the schedule has no constant rate, a branch ends with or
// after the run, or begins to cool down while the run warms up.
std::string BranchProblem(const RunSpec& spec);

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_SPEC_RECIPE_H_
