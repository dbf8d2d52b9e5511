#ifndef ISOSHAPE_TRAINER_RUN_TRAINING_RUN_H_
#define ISOSHAPE_TRAINER_RUN_TRAINING_RUN_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "trainer/data/data.h"
#include "trainer/engine/device.h"
#include "trainer/run/results.h"
#include "trainer/spec/run_spec.h"

namespace isoshape {

// What is known of a run when it starts to train.
struct RunStart {
  int64_t parameters = 0;
  int64_t step = 0;  // of the checkpoint that it goes on from; 0: it is new
  std::string data_fingerprint;
};

// Hears of a run while it goes on, on the thread that runs it.
class RunObserver {
 public:
  virtual ~RunObserver() = default;
  // The run was accepted, its model built, and its checkpoint read.
  virtual void OnStarted(const RunStart& start) = 0;
  virtual void OnMeasurement(const Measurement& measurement) = 0;
  // Called often while there is nothing to measure.
  virtual void OnAlive() = 0;
  // One line that a person should read; the run goes on.
  virtual void OnWarning(const std::string& /*line*/) {}
};

// One of the runs that train side by side; all must outlive RunReplicas.
struct Replica {
  const RunSpec& spec;
  const std::atomic<bool>& stop;
  RunObserver& observer;
};

// Trains one run, or several of one shape as one model, from their first steps
// to their last, and evaluates them on the held-out data. For several,
// ReplicaProblem must have nothing to say. Each has its own curve, checkpoint
// and end: `done` hears of its result, once, as soon as it is there. One that
// diverges, or whose `stop` becomes true, trains no more, and the others go on.
// Equal specs give equal losses to the bit on one CPU with the same number of
// threads. Never throws. Returns false if the device is lost: nothing more can
// be trained in this process.
//
// With a checkpoint's path, a run goes on from the checkpoint there, to the bit
// as one that was not interrupted, and writes one every checkpoint_seconds, at
// the last step, and when it is told to stop. One that cannot be written is
// warned of; one that cannot be read fails its run. Checkpoints do not depend
// on which runs train side by side, and each goes on from its own step.
//
// Before the steps at which spec.branch_steps say so, a cooldown branches off
// (trainer/run/cooldown_branch.h), which changes nothing in the run itself.
//
// A run is DIVERGED if DivergenceProblem says so (trainer/run/divergence.h);
// its curve has been told by then.
//
// In the shape card of one of several, step_seconds, wall_seconds and
// peak_memory_bytes are of all together, tokens_per_second, flops_per_second
// and energy_joules its share, and what MeasureCosts measures is of it alone.
bool RunReplicas(
    const std::vector<Replica>& replicas, const Data& data,
    const Device& device,
    const std::function<void(size_t replica, const RunResult&)>& done);

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_RUN_TRAINING_RUN_H_
