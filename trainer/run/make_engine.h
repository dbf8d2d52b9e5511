#ifndef ISOSHAPE_TRAINER_RUN_MAKE_ENGINE_H_
#define ISOSHAPE_TRAINER_RUN_MAKE_ENGINE_H_

#include <memory>
#include <vector>

#include "trainer/engine/device.h"
#include "trainer/engine/engine.h"
#include "trainer/engine/engine_group.h"
#include "trainer/spec/run_spec.h"

namespace isoshape {

// The fastest engine for this shape, recipe and device.
std::unique_ptr<Engine> MakeEngine(const RunSpec& spec, const Device& device);

// One batched model for several runs for which ReplicaProblem has nothing to
// say. Throws std::invalid_argument, one line with the remedy, if a team of
// processes shares each run.
std::unique_ptr<EngineGroup> MakeReplicas(const std::vector<RunSpec>& specs,
                                          const Device& device);

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_RUN_MAKE_ENGINE_H_
