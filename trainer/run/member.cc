#include "trainer/run/member.h"

#include <exception>
#include <stdexcept>
#include <string>
#include <utility>

#include "trainer/run/run_outcome.h"
#include "trainer/spec/recipe.h"

namespace isoshape {

namespace {

RunResult DataFault(const std::string& change) {
  RunResult result{RunResult::Outcome::kFailed, change, std::nullopt};
  result.worker_fault = true;
  return result;
}

}  // namespace

void Member::Begin(const Data& data, DataWatch& content, EngineGroup& engines) {
  const int64_t context = spec().shape.context;
  content_ = &content;
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
  const DataChange& change = content_->Change();
  unreadable_ = change.unreadable ? unreadable_ + 1 : 0;
  if (change.unreadable && !ToldToStop() && unreadable_ < kMostUnreadable) {
    observer().OnWarning(CheckpointWarning(
        "no checkpoint of step " + std::to_string(step_) + ": " + change.what,
        checkpoint_step_));
    return;
  }
  if (!change.what.empty()) {
    End(DataFault(change.what));
    return;
  }
  try {
    checkpoints_->Write({engines.Save(index_), ledger_.progress()});
    checkpoint_step_ = step_;
  } catch (const std::runtime_error& error) {
    observer().OnWarning(CheckpointWarning(error.what(), checkpoint_step_));
  }
}

void Member::CheckData(RunResult& result) const {
  if (content_ == nullptr ||
      (result.outcome != RunResult::Outcome::kSucceeded &&
       result.outcome != RunResult::Outcome::kDiverged)) {
    return;
  }
  const DataChange& change = content_->Change();
  if (!change.what.empty()) result = DataFault(change.what);
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
