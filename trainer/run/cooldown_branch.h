#ifndef ISOSHAPE_TRAINER_RUN_COOLDOWN_BRANCH_H_
#define ISOSHAPE_TRAINER_RUN_COOLDOWN_BRANCH_H_

#include <cstdint>
#include <functional>

#include "trainer/data/data.h"
#include "trainer/engine/engine.h"
#include "trainer/run/results.h"
#include "trainer/spec/run_spec.h"

namespace isoshape {

// Cools a model of `steps` steps down from the constant rate of the run (Hägele
// et al. 2024, arXiv 2405.18392), evaluates it, and puts `engine` back where it
// was. Expects an engine that did CooldownStart(steps, recipe) steps and was
// drained, and `batches` that come next to it; the run takes them again.
//
// But for its warmup, which is that of the run, the model is the one that a run
// of `steps` steps would end with. Calls `between` often, which may throw.
BranchPoint CoolDown(const RunSpec& spec, int64_t steps, BatchStream& batches,
                     const HeldOut& held_out,
                     const std::function<void()>& between, Engine& engine);

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_RUN_COOLDOWN_BRANCH_H_
