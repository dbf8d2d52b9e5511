#include "trainer/run/cooldown_branch.h"

#include "shape/accounting.h"
#include "trainer/run/evaluation.h"
#include "trainer/spec/recipe.h"

namespace isoshape {

BranchPoint CoolDown(const RunSpec& spec, int64_t steps, BatchStream& batches,
                     const HeldOut& held_out,
                     const std::function<void()>& between, Engine& engine) {
  const int64_t start = CooldownStart(steps, spec.recipe);
  const EngineState trunk = engine.Save();
  for (int64_t step = start; step < steps; ++step) {
    between();
    engine.Step(batches.Next(), CooldownFactor(step, steps, spec.recipe));
  }
  const LossEstimate loss = EvaluateHeldOut(engine, held_out, between);
  engine.Restore(trunk);

  BranchPoint point;
  point.steps = steps;
  point.tokens = steps * spec.tokens_per_step;
  const double step_flops = static_cast<double>(spec.tokens_per_step) *
                            TrainingFlopsPerToken(spec.shape);
  point.flops = static_cast<double>(steps) * step_flops;
  point.added_flops = static_cast<double>(steps - start) * step_flops;
  point.validation_loss = loss.mean;
  point.validation_loss_stderr = loss.standard_error;
  return point;
}

}  // namespace isoshape
