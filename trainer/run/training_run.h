#ifndef ISOSHAPE_TRAINER_RUN_TRAINING_RUN_H_
#define ISOSHAPE_TRAINER_RUN_TRAINING_RUN_H_

#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "trainer/data/data.h"
#include "trainer/engine/device.h"
#include "trainer/run/branch_point.h"
#include "trainer/run/measurement.h"
#include "trainer/run/shape_card.h"
#include "trainer/run_spec.h"

namespace isoshape {

// Hears of a run while it goes on, on the thread that runs it.
class RunObserver {
 public:
  virtual ~RunObserver() = default;
  // The run was accepted and its model built.
  virtual void OnStarted(int64_t parameters) = 0;
  virtual void OnMeasurement(const Measurement& measurement) = 0;
  // Called often while there is nothing to measure.
  virtual void OnAlive() = 0;
  // One line that a person should read; the run goes on.
  virtual void OnWarning(const std::string& /*line*/) {}
};

// How a run ended.
struct RunResult {
  enum class Outcome { kSucceeded, kDiverged, kStopped, kOutOfMemory, kFailed };
  Outcome outcome = Outcome::kFailed;
  std::string error;  // one line; empty where it succeeded or was stopped
  std::optional<ShapeCard> card;  // where it succeeded
  // Where it diverged: the cooldowns that had ended before.
  std::vector<BranchPoint> branches = {};
};

// Trains one model from its first step to its last and evaluates it on the
// held-out data. Ends early where `stop` becomes true. Equal specs give equal
// losses to the bit on one CPU with the same number of threads. Never throws.
//
// With a checkpoint's path, goes on from the checkpoint there, to the bit as
// one that was not interrupted, and writes one every checkpoint_seconds, at
// the last step, and where it is told to stop. One that cannot be written is
// warned of; one that cannot be read fails the run.
//
// Before the steps at which spec.branch_steps say so, a cooldown branches off
// (trainer/run/cooldown_branch.h), which changes nothing in the run itself.
//
// A run is DIVERGED where DivergenceProblem says so (trainer/run/divergence.h);
// its curve has been told by then.
RunResult RunTraining(const RunSpec& spec, const Data& data,
                      const Device& device, const std::atomic<bool>& stop,
                      RunObserver& observer);

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_RUN_TRAINING_RUN_H_
