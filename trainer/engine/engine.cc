#include "trainer/engine/engine.h"

#include "shape/synthetic_task.h"

namespace isoshape {

bool NeedsAutograd(const RunSpec& spec) {
  const Shape& shape = spec.shape;
  return shape.norm_placement != NormPlacement::kPre ||
         shape.residual != Residual::kAdd ||
         shape.positions == Positions::kNone ||
         shape.activation == Activation::kRelu2 ||
         shape.objective != Objective::kCausal || shape.qk_norm ||
         spec.recipe.z_loss > 0 || CountsAnswersOnly(spec.data_path) ||
         spec.recipe.optimizer != OptimizerKind::kAdamW;
}

}  // namespace isoshape
