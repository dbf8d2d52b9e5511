#ifndef ISOSHAPE_TRAINER_RUN_RUN_LEDGER_H_
#define ISOSHAPE_TRAINER_RUN_RUN_LEDGER_H_

#include <cstdint>
#include <string>

#include "trainer/data/data.h"
#include "trainer/engine/device.h"
#include "trainer/engine/engine.h"
#include "trainer/run/checkpoint.h"
#include "trainer/run/evaluation.h"
#include "trainer/run/results.h"
#include "trainer/run/step_timer.h"
#include "trainer/spec/run_spec.h"

namespace isoshape {

// What one run has come to so far: its sums, the points of its curve, whether
// it diverges, and its shape card in the end. Not thread-safe.
//
//   RunLedger ledger(spec);
//   const Measurement point = ledger.Enter(engine->Drain(), step, …);
//   if (const std::string problem = ledger.problem(); !problem.empty()) …
class RunLedger {
 public:
  // `spec` must outlive it.
  explicit RunLedger(const RunSpec& spec);

  // The step before which an entry must end, so that the card's training loss
  // is a mean over the last twentieth of the steps.
  int64_t tail_begin() const { return tail_begin_; }

  // Enters the steps since the last call, at least one, after which there are
  // `steps_done`, with `train_seconds` spent on all of them and `since_seconds`
  // on these. Returns their point of the curve.
  Measurement Enter(const StepSums& sums, int64_t steps_done,
                    double train_seconds, double since_seconds,
                    int64_t peak_memory_bytes);

  // Why the run has diverged (trainer/run/divergence.h), by the last entry;
  // empty if it has not.
  const std::string& problem() const { return problem_; }

  // The card of the finished run, but for what was measured of the whole
  // process (wall_seconds, memory, energy, communication) and the shape's
  // costs. Speeds are those of `times`, or of all steps if too few were timed.
  // Throws Diverged if `loss` is not finite.
  ShapeCard MakeCard(const LossEstimate& loss, const HeldOut& held_out,
                     const Data& data, const Device& device, int64_t parameters,
                     const StepTimes& times) const;

  // Kept in checkpoints.
  RunSums& progress() { return progress_; }

 private:
  void SetSpeeds(const StepTimes& times, ShapeCard& card) const;

  const RunSpec& spec_;
  const double flops_per_token_;
  const int64_t tail_begin_;
  RunSums progress_;
  std::string problem_;
  double last_loss_ = 0;  // of the entry before
  int64_t loss_spikes_ = 0;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_RUN_RUN_LEDGER_H_
