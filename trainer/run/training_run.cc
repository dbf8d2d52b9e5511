#include "trainer/run/training_run.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "trainer/engine/engine.h"
#include "trainer/model/recipe.h"
#include "trainer/parallel/process_team.h"
#include "trainer/run/checkpoint.h"
#include "trainer/run/cooldown_branch.h"
#include "trainer/run/energy_meter.h"
#include "trainer/run/evaluation.h"
#include "trainer/run/run_ledger.h"
#include "trainer/run/run_outcome.h"

namespace isoshape {
namespace {

using SteadyClock = std::chrono::steady_clock;

double SecondsSince(SteadyClock::time_point begin) {
  return std::chrono::duration<double>(SteadyClock::now() - begin).count();
}

class TrainingRun {
 public:
  TrainingRun(const RunSpec& spec, const Data& data, const Device& device,
              const std::atomic<bool>& stop, RunObserver& observer)
      : spec_(spec),
        data_(data),
        device_(device),
        stop_(stop),
        observer_(observer),
        sequences_(spec.tokens_per_step / spec.shape.context),
        memory_(device),
        energy_(device),
        ledger_(spec) {}

  ShapeCard Execute() {
    CheckPrecision(spec_, device_);
    CheckMemory(spec_, 1, device_);
    data_.CheckShape(spec_.shape);
    const int64_t context = spec_.shape.context;
    const std::unique_ptr<BatchStream> batches =
        data_.Train(context, sequences_, spec_.seed);
    held_out_ = data_.Evaluation(context, sequences_, kHeldOutTokens);
    engine_ = MakeEngine(spec_, device_);
    observer_.OnStarted(engine_->parameter_count());
    if (!spec_.checkpoint_path.empty()) {
      checkpoints_.emplace(spec_, data_.facts().fingerprint);
    }
    try {
      Train(Resume(*batches), *batches);
      ShapeCard card = MakeCard();
      MeasureShapeCosts(batches->Next(), card);
      return card;
    } catch (Diverged& diverged) {
      diverged.branches = ledger_.progress().branches;
      throw;
    }
  }

 private:
  void CheckStop() const {
    if (stop_.load(std::memory_order_relaxed)) throw Stopped{};
  }

  // Goes on from the checkpoint, where there is one; returns the steps done.
  int64_t Resume(BatchStream& batches) {
    if (!checkpoints_.has_value()) return 0;
    std::optional<Checkpoint> checkpoint = checkpoints_->Read();
    if (!checkpoint.has_value()) return 0;
    engine_->Restore(checkpoint->state);
    ledger_.progress() = checkpoint->progress;
    resumed_seconds_ = ledger_.progress().train_seconds;
    checkpoint_step_ = checkpoint->state.step;
    batches.Skip(checkpoint_step_);
    return checkpoint_step_;
  }

  bool CheckpointIsDue() const {
    return checkpoints_.has_value() &&
           SecondsSince(last_checkpoint_) >=
               std::max(spec_.checkpoint_seconds,
                        checkpoint_write_seconds_ / kCheckpointShare);
  }

  void WriteCheckpoint(int64_t steps_done) {
    if (!checkpoints_.has_value() || steps_done == checkpoint_step_) return;
    Report(steps_done);
    const SteadyClock::time_point begin = SteadyClock::now();
    try {
      checkpoints_->Write({engine_->Save(), ledger_.progress()});
      checkpoint_step_ = steps_done;
    } catch (const std::runtime_error& error) {
      observer_.OnWarning(CheckpointWarning(error.what(), checkpoint_step_));
    }
    last_report_ = last_checkpoint_ = SteadyClock::now();
    begin_ += last_checkpoint_ - begin;  // no part of the training time
    checkpoint_write_seconds_ =
        std::chrono::duration<double>(last_checkpoint_ - begin).count();
  }

  void Train(int64_t first_step, BatchStream& batches) {
    begin_ =
        SteadyClock::now() -
        std::chrono::duration_cast<SteadyClock::duration>(
            std::chrono::duration<double>(ledger_.progress().train_seconds));
    last_report_ = last_checkpoint_ = SteadyClock::now();
    for (int64_t step = first_step; step < spec_.steps; ++step) {
      if (stop_.load(std::memory_order_relaxed)) {
        WriteCheckpoint(step);
        throw Stopped{};
      }
      if (CheckpointIsDue()) WriteCheckpoint(step);
      CoolDownBranches(step);
      // What came before the tail is not part of the card's training loss.
      if (step == ledger_.tail_begin()) Report(step);
      engine_->Step(batches.Next(),
                    ScheduleFactor(step, spec_.steps, spec_.recipe));
      const bool last = step + 1 == spec_.steps;
      if (step == 0 || last ||
          SecondsSince(last_report_) >= spec_.report_seconds) {
        Report(step + 1);
      }
    }
    WriteCheckpoint(spec_.steps);
  }

  void Report(int64_t steps_done) {
    const StepSums sums = engine_->Drain();
    if (sums.steps == 0) return;
    const Measurement point =
        ledger_.Enter(sums, steps_done, SecondsSince(begin_),
                      SecondsSince(last_report_), memory_.PeakBytes());
    last_report_ = SteadyClock::now();
    observer_.OnMeasurement(point);
    if (!ledger_.problem().empty()) throw Diverged(ledger_.problem());
  }

  // Keeps a long computation stoppable, and whoever waits for it informed.
  std::function<void()> Between() const {
    return [this] {
      CheckStop();
      observer_.OnAlive();
    };
  }

  // The branches that leave the trunk before `step`.
  void CoolDownBranches(int64_t step) {
    std::vector<BranchPoint>& done = ledger_.progress().branches;
    while (done.size() < spec_.branch_steps.size() &&
           CooldownStart(spec_.branch_steps[done.size()], spec_.recipe) <=
               step) {
      Report(step);
      const SteadyClock::time_point begin = SteadyClock::now();
      const std::unique_ptr<BatchStream> batches =
          data_.Train(spec_.shape.context, sequences_, spec_.seed);
      batches->Skip(step);
      const BranchPoint point =
          CoolDown(spec_, spec_.branch_steps[done.size()], *batches, held_out_,
                   Between(), *engine_);
      if (!std::isfinite(point.validation_loss)) {
        throw Diverged("the validation loss of the branch of " +
                       std::to_string(point.steps) + " steps is not finite");
      }
      done.push_back(point);
      last_report_ = SteadyClock::now();
      begin_ += last_report_ - begin;  // no part of the trunk's time
    }
  }

  ShapeCard MakeCard() {
    const LossEstimate loss = EvaluateHeldOut(*engine_, held_out_, Between());
    ShapeCard card = ledger_.MakeCard(loss, held_out_, data_, device_,
                                      engine_->parameter_count());
    card.wall_seconds = SecondsSince(begin_);
    card.peak_memory_bytes = memory_.PeakBytes();
    if (device_.team != nullptr) {
      card.processes = device_.team->size();
      card.communication_fraction =
          engine_->communication_seconds() /
          (ledger_.progress().train_seconds - resumed_seconds_);
    }
    card.energy_joules = energy_.Joules();
    return card;
  }

  // The last thing that is done with the engine; an order to stop ends it, and
  // not the run.
  void MeasureShapeCosts(const Batch& batch, ShapeCard& card) {
    card.costs = MeasureCosts(spec_, device_, batch, card.step_seconds,
                              SecondsForCosts(ledger_.progress().train_seconds),
                              *engine_, [this] {
                                observer_.OnAlive();
                                return !stop_.load(std::memory_order_relaxed);
                              });
  }

  const RunSpec& spec_;
  const Data& data_;
  const Device& device_;
  const std::atomic<bool>& stop_;
  RunObserver& observer_;
  const int64_t sequences_;
  const MemoryMeter memory_;
  const EnergyMeter energy_;
  RunLedger ledger_;
  HeldOut held_out_;
  std::unique_ptr<Engine> engine_;
  std::optional<CheckpointStore> checkpoints_;
  SteadyClock::time_point begin_, last_report_, last_checkpoint_;
  double resumed_seconds_ = 0;   // of training before the checkpoint
  int64_t checkpoint_step_ = 0;  // of the newest checkpoint
  double checkpoint_write_seconds_ = 0;
};

}  // namespace

RunResult RunTraining(const RunSpec& spec, const Data& data,
                      const Device& device, const std::atomic<bool>& stop,
                      RunObserver& observer) {
  try {
    TrainingRun run(spec, data, device, stop, observer);
    return {RunResult::Outcome::kSucceeded, "", run.Execute()};
  } catch (...) {
    return ResultOfException();
  }
}

}  // namespace isoshape
