#ifndef ISOSHAPE_TRAINER_RUN_WARM_UP_H_
#define ISOSHAPE_TRAINER_RUN_WARM_UP_H_

#include <cstdint>

#include "trainer/cuda/step_graph.h"
#include "trainer/engine/device.h"
#include "trainer/spec/run_spec.h"

namespace isoshape {

// The first steps of an engine take longer than the others: memory and modules
// are loaded, libraries plan their work, and a graph is recorded. Speeds are
// measured after them.
inline constexpr int64_t kStartUpSteps = cuda::StepGraph::kWarmUps + 1;

// Trains a small model with the options of `spec` for as many steps, so that
// what the first run of a process takes and the process keeps (pages of
// libraries, threads, workspaces) is there before the memory of the run is
// counted. Once in a process for equal options. Not thread-safe.
void WarmUp(const RunSpec& spec, const Device& device);

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_RUN_WARM_UP_H_
