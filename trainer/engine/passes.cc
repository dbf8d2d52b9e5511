#include "trainer/engine/passes.h"

#include "shape/accounting.h"
#include "trainer/parallel/process_team.h"

namespace isoshape {

int64_t TrainingMemory(const RunSpec& spec, int64_t replicas, int64_t tokens,
                       const Device& device) {
  TrainingKind kind;
  kind.bf16 = spec.recipe.precision == Precision::kBf16;
  kind.muon = spec.recipe.optimizer == OptimizerKind::kMuon;
  kind.gpu = device.kind == Device::Kind::kCuda;
  kind.replicas = replicas;
  return EstimateTrainingMemory(spec.shape, tokens, kind).total();
}

int64_t PassesOfStep(const RunSpec& spec, int64_t replicas,
                     const Device& device) {
  const int64_t processes = device.team == nullptr ? 1 : device.team->size();
  const int64_t sequences =
      spec.tokens_per_step / spec.shape.context / processes;
  for (int64_t passes = 1; passes <= sequences; ++passes) {
    if (sequences % passes != 0) continue;
    const int64_t tokens = sequences / passes * spec.shape.context;
    if (device.memory_limit_bytes == 0 ||
        TrainingMemory(spec, replicas, tokens, device) <=
            device.memory_limit_bytes) {
      return passes;
    }
  }
  return 0;
}

}  // namespace isoshape
