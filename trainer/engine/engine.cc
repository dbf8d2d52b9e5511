#include "trainer/engine/engine.h"

#include "shape/synthetic_task.h"
#include "trainer/autograd/autograd_engine.h"
#include "trainer/autograd/team_engine.h"
#include "trainer/cpu/cpu_engine.h"

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

std::unique_ptr<Engine> MakeEngine(const RunSpec& spec, const Device& device) {
  if (device.team != nullptr) {
    return std::make_unique<parallel::TeamEngine>(spec, *device.team);
  }
  if (device.kind == Device::Kind::kCuda) {
    return std::make_unique<AutogradEngine>(
        spec, torch::Device(torch::kCUDA, 0), device.graphs);
  }
  if (cpu::CpuEngine::Supports(spec)) {
    return std::make_unique<cpu::CpuEngine>(spec, device.threads);
  }
  return std::make_unique<AutogradEngine>(spec, torch::Device(torch::kCPU));
}

}  // namespace isoshape
