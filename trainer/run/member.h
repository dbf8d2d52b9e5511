#ifndef ISOSHAPE_TRAINER_RUN_MEMBER_H_
#define ISOSHAPE_TRAINER_RUN_MEMBER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "trainer/data/batch.h"
#include "trainer/data/data.h"
#include "trainer/engine/engine.h"
#include "trainer/engine/engine_group.h"
#include "trainer/run/checkpoint.h"
#include "trainer/run/results.h"
#include "trainer/run/run_ledger.h"
#include "trainer/run/training_run.h"
#include "trainer/spec/run_spec.h"

namespace isoshape {

// One of the runs that a loop trains side by side: its batches, its ledger, its
// checkpoint and its end. Not thread-safe.
class Member {
 public:
  using Done = std::function<void(size_t replica, const RunResult&)>;

  // The model `index` of the group. What the arguments refer to must outlive
  // it.
  Member(size_t index, const Replica& replica, const Done& done)
      : index_(index), replica_(replica), done_(done), ledger_(replica.spec) {}

  // Opens the batches and goes on from the checkpoint, if there is one; one
  // that cannot be read ends this run alone. Throws as Data::Train.
  void Begin(const Data& data, DataWatch& content, EngineGroup& engines);

  size_t index() const { return index_; }
  const RunSpec& spec() const { return replica_.spec; }
  RunObserver& observer() const { return replica_.observer; }
  RunLedger& ledger() { return ledger_; }

  // Steps done, of spec().steps.
  int64_t step() const { return step_; }
  bool Finished() const { return step_ == spec().steps; }
  bool ToldToStop() const {
    return replica_.stop.load(std::memory_order_relaxed);
  }
  bool ended() const { return ended_; }  // its result is out

  // The batch that the run trains on next. A run that is finished or has ended
  // gets any batch, at a factor of 0. The batch is valid until the next call.
  struct NextStep {
    const Batch& batch;
    double rate_factor;
  };
  NextStep Advance();

  // A batch that it has not been trained on, valid until the next call.
  const Batch& NextBatch() { return *(batch_ = &batches_->Next()); }

  // Seconds of training, of which `loop_seconds` came since Begin.
  double TrainSeconds(double loop_seconds) const {
    return resumed_seconds_ + loop_seconds;
  }

  // Tells of the steps since the last call, which took `since_seconds`, and
  // ends the run if it has diverged.
  void Report(const StepSums& sums, double loop_seconds, double since_seconds,
              int64_t peak_memory_bytes);

  // Whether the run keeps a checkpoint and its newest one is not of this step.
  bool NeedsCheckpoint() const {
    return checkpoints_.has_value() && step_ != checkpoint_step_;
  }
  // Expects that all steps were reported. Warns if it cannot be written. If the
  // data have changed it writes nothing and ends the run: whoever went on from
  // that state would have a loss on data that nobody has. If they only cannot
  // be read now it warns and writes nothing, as the next one, or the result,
  // looks again; a run that is to stop has no next one, and fails.
  void WriteCheckpoint(EngineGroup& engines);

  void End(RunResult result);

 private:
  void GoOnFromCheckpoint(const Data& data, EngineGroup& engines);
  // Makes a loss, or a divergence, on data that have changed meanwhile a
  // failure of this machine. What was written before, WriteCheckpoint had
  // looked at, and stays: the data may only be away for a moment.
  void CheckData(RunResult& result) const;

  const size_t index_;
  const Replica replica_;
  const Done& done_;
  RunLedger ledger_;
  DataWatch* content_ = nullptr;  // since Begin
  std::unique_ptr<BatchStream> batches_;
  const Batch* batch_ = nullptr;  // the last one
  std::optional<CheckpointStore> checkpoints_;
  int64_t step_ = 0;
  int64_t checkpoint_step_ = 0;  // of the newest checkpoint
  // Looks in a row at which the data could not be read. That many are no moment
  // any more: what comes of the run would be lost, and it has no checkpoints.
  static constexpr int kMostUnreadable = 5;
  int unreadable_ = 0;
  double resumed_seconds_ = 0;  // of training before it
  bool ended_ = false;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_RUN_MEMBER_H_
