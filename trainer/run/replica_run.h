#ifndef ISOSHAPE_TRAINER_RUN_REPLICA_RUN_H_
#define ISOSHAPE_TRAINER_RUN_REPLICA_RUN_H_

#include <atomic>
#include <cstddef>
#include <functional>
#include <vector>

#include "trainer/data/data.h"
#include "trainer/engine/device.h"
#include "trainer/run/training_run.h"
#include "trainer/run_spec.h"

namespace isoshape {

// One of the runs that train together; all must outlive RunReplicas.
struct Replica {
  const RunSpec& spec;
  const std::atomic<bool>& stop;
  RunObserver& observer;
};

// Trains several runs of one shape as one model
// (trainer/autograd/replica_engine.h), for which ReplicaProblem has nothing to
// say. Each has its own curve, checkpoint and end: `done` hears of its result,
// once, as soon as it is there. One that diverges or is told to stop trains no
// more, and the others go on. Never throws.
//
// Checkpoints are those of runs of their own, and replicas go on from theirs
// whatever step they are of.
//
// In a shape card, step_seconds, wall_seconds and peak_memory_bytes are of all
// replicas together, tokens_per_second, flops_per_second and energy_joules the
// replica's share, and what MeasureCosts measures is of the run alone.
void RunReplicas(
    const std::vector<Replica>& replicas, const Data& data,
    const Device& device,
    const std::function<void(size_t replica, const RunResult&)>& done);

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_RUN_REPLICA_RUN_H_
