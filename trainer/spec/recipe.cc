#include "trainer/spec/recipe.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "shape/schedule.h"

namespace isoshape {
namespace {

// The factor of the rate at the end of the cosine schedule.
constexpr double kCosineEnd = 0.1;

bool IsStandard(const Recipe& recipe) {
  return recipe.parameterization == Parameterization::kStandard;
}

// m_N.
double WidthRatio(const Shape& shape, const Recipe& recipe) {
  return static_cast<double>(shape.width) /
         static_cast<double>(recipe.base_width);
}

// m_L; 1 in `mup`, which has no rule for depth.
double DepthRatio(const Shape& shape, const Recipe& recipe) {
  if (recipe.parameterization == Parameterization::kMup) return 1;
  return static_cast<double>(shape.depth) /
         static_cast<double>(recipe.base_depth);
}

}  // namespace

double InitialStd(TensorKind kind, const Shape& shape, const Recipe& recipe) {
  const bool hidden =
      kind == TensorKind::kHiddenMatrix || kind == TensorKind::kResidualMatrix;
  if (!IsStandard(recipe)) {
    return hidden ? recipe.init_std / std::sqrt(WidthRatio(shape, recipe))
                  : recipe.init_std;
  }
  return kind == TensorKind::kResidualMatrix
             ? recipe.init_std / std::sqrt(2 * static_cast<double>(shape.depth))
             : recipe.init_std;
}

double BranchMultiplier(const Shape& shape, const Recipe& recipe) {
  if (shape.residual == Residual::kNone) return 1;
  return IsStandard(recipe) ? 1 : 1 / DepthRatio(shape, recipe);
}

double AttentionScale(const Shape& shape, const Recipe& recipe) {
  const double head_dim = static_cast<double>(shape.head_dim);
  return IsStandard(recipe) || shape.qk_norm ? 1 / std::sqrt(head_dim)
                                             : 1 / head_dim;
}

double LogitsMultiplier(const Shape& shape, const Recipe& recipe) {
  return IsStandard(recipe)
             ? recipe.output_multiplier
             : recipe.output_multiplier / WidthRatio(shape, recipe);
}

GroupOptions OptionsOf(TensorKind kind, const Shape& shape,
                       const Recipe& recipe) {
  GroupOptions options{recipe.learning_rate, recipe.weight_decay,
                       recipe.epsilon};
  const bool matrix =
      kind == TensorKind::kHiddenMatrix || kind == TensorKind::kResidualMatrix;
  if (kind == TensorKind::kHiddenVector || kind == TensorKind::kFinalNorm) {
    options.weight_decay = 0;
  }
  if (IsStandard(recipe)) return options;
  const double width_ratio = WidthRatio(shape, recipe);
  if (matrix) {
    // alpha = 1: the factor m_L^(alpha - 1) of the rate is 1.
    options.learning_rate /= width_ratio;
    options.weight_decay *= width_ratio;
  }
  if (matrix || kind == TensorKind::kHiddenVector) {
    options.epsilon /= width_ratio * DepthRatio(shape, recipe);
  }
  return options;
}

double ScheduleFactor(int64_t step, int64_t steps, const Recipe& recipe) {
  const int64_t warmup = WarmupSteps(steps, recipe.warmup_fraction);
  const double factor = std::min(
      1.0, static_cast<double>(step + 1) / static_cast<double>(warmup));
  if (recipe.schedule == Schedule::kCosine) {
    if (step < warmup) return factor;
    const double share = static_cast<double>(step - warmup + 1) /
                         static_cast<double>(steps - warmup);
    const double half_cosine = (1 + std::cos(std::numbers::pi * share)) / 2;
    return kCosineEnd + (1 - kCosineEnd) * half_cosine;
  }
  if (step < CooldownStart(steps, recipe)) return factor;
  return std::min(factor, CooldownFactor(step, steps, recipe));
}

int64_t CooldownStart(int64_t steps, const Recipe& recipe) {
  return CooldownStart(steps, recipe.cooldown_fraction);
}

double CooldownFactor(int64_t step, int64_t steps, const Recipe& recipe) {
  const int64_t start = CooldownStart(steps, recipe);
  return 1 - std::sqrt(static_cast<double>(step - start + 1) /
                       static_cast<double>(steps - start + 1));
}

std::string BranchProblem(const RunSpec& spec) {
  if (spec.branch_steps.empty()) return "";
  if (spec.recipe.schedule != Schedule::kWsd ||
      spec.recipe.cooldown_fraction == 0) {
    return "branch_steps need a constant rate to branch off and a cooldown; "
           "use schedule wsd and a cooldown_fraction above 0";
  }
  const int64_t warmup = WarmupSteps(spec.steps, spec.recipe.warmup_fraction);
  int64_t before = 0;
  for (const int64_t steps : spec.branch_steps) {
    const std::string branch = "branch_steps has " + std::to_string(steps);
    if (steps <= before || steps >= spec.steps) {
      return branch + ", and must ascend between 0 and the run's " +
             std::to_string(spec.steps) + " steps; leave it out";
    }
    if (CooldownStart(steps, spec.recipe) < warmup) {
      return branch + ", whose cooldown begins at step " +
             std::to_string(CooldownStart(steps, spec.recipe)) +
             ", within the warmup of " + std::to_string(warmup) +
             " steps; give a later branch, or a smaller warmup_fraction";
    }
    before = steps;
  }
  return "";
}

}  // namespace isoshape
