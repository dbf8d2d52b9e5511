#include "trainer/run/member.h"

#include <exception>
#include <stdexcept>
#include <utility>

#include "trainer/run/run_outcome.h"
#include "trainer/spec/recipe.h"

namespace isoshape {

void Member::Begin(const Data& data, EngineGroup& engines) {
  const int64_t context = spec().shape.context;
  data_ = &data;
  batches_ = data.Train(context, spec().tokens_per_step / context, spec().seed);
  try {
    GoOnFromCheckpoint(data, engines);
  } catch (const std::exception&) {
    End(ResultOfException());
    return;
  }
  observer().OnStarted(
      {engines.parameter_count(), step_, data.facts().fingerprint});
}

void Member::GoOnFromCheckpoint(const Data& data, EngineGroup& engines) {
  if (spec().checkpoint_path.empty()) return;
  checkpoints_.emplace(spec(), data.facts().fingerprint);
  const std::optional<Checkpoint> checkpoint = checkpoints_->Read();
  if (!checkpoint.has_value()) return;
  engines.Restore(index_, checkpoint->state);
  ledger_.progress() = checkpoint->progress;
  resumed_seconds_ = checkpoint->progress.train_seconds;
  step_ = checkpoint_step_ = checkpoint->state.step;
  batches_->Skip(step_);
}

Member::NextStep Member::Advance() {
  const bool trains = !ended_ && !Finished();
  if (trains || batch_ == nullptr) NextBatch();
  return {*batch_,
          trains ? ScheduleFactor(step_++, spec().steps, spec().recipe) : 0};
}

void Member::Report(const StepSums& sums, double loop_seconds,
                    double since_seconds, int64_t peak_memory_bytes) {
  observer().OnMeasurement(ledger_.Enter(sums, step_,
                                         TrainSeconds(loop_seconds),
                                         since_seconds, peak_memory_bytes));
  if (!ledger_.problem().empty()) {
    End({RunResult::Outcome::kDiverged, ledger_.problem(), std::nullopt});
  }
}

void Member::WriteCheckpoint(EngineGroup& engines) {
  try {
    checkpoints_->Write({engines.Save(index_), ledger_.progress()});
    checkpoint_step_ = step_;
  } catch (const std::runtime_error& error) {
    observer().OnWarning(CheckpointWarning(error.what(), checkpoint_step_));
  }
}

void Member::CheckData(RunResult& result) const {
  if (data_ == nullptr || (result.outcome != RunResult::Outcome::kSucceeded &&
                           result.outcome != RunResult::Outcome::kDiverged)) {
    return;
  }
  const std::string change = ContentChange(spec().data_path, *data_);
  if (change.empty()) return;
  result = {RunResult::Outcome::kFailed, change, std::nullopt};
  result.worker_fault = true;
}

void Member::End(RunResult result) {
  ended_ = true;
  CheckData(result);
  if (result.outcome == RunResult::Outcome::kDiverged) {
    result.branches = ledger_.progress().branches;
  }
  done_(index_, result);
}

}  // namespace isoshape
