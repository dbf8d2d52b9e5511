#include "trainer/training_run.h"

#include <c10/util/Exception.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <memory>
#include <new>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "shape/accounting.h"
#include "trainer/checkpoint.h"
#include "trainer/cooldown_branch.h"
#include "trainer/divergence.h"
#include "trainer/energy_meter.h"
#include "trainer/engine.h"
#include "trainer/evaluation.h"
#include "trainer/parallel/process_team.h"
#include "trainer/recipe.h"
#include "trainer/version.h"

namespace isoshape {
namespace {

using SteadyClock = std::chrono::steady_clock;

// Held-out tokens that the final loss is measured on, where there are as many.
constexpr int64_t kHeldOutTokens = 131072;
// Share of the steps, the last, over which the card's training loss is meant.
constexpr double kTailShare = 0.05;
// Share of a run's time, at most, that goes into its checkpoints.
constexpr double kCheckpointShare = 0.05;
// A loss so many times the mean of the report before is a spike.
constexpr double kSpike = 1.2;
// What the shape's costs are measured in: seconds, or share of the training.
constexpr double kCostSeconds = 1;
constexpr double kCostShare = 0.05;

double SecondsSince(SteadyClock::time_point begin) {
  return std::chrono::duration<double>(SteadyClock::now() - begin).count();
}

// A loss that left the numbers, or rose for long.
struct Diverged : std::runtime_error {
  using std::runtime_error::runtime_error;
  std::vector<BranchPoint> branches = {};  // that had ended before
};
// The run needs more memory than there is.
struct OutOfMemory : std::runtime_error {
  using std::runtime_error::runtime_error;
};
// The run was told to stop.
struct Stopped {};

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
        flops_per_token_(TrainingFlopsPerToken(spec.shape)),
        memory_(device),
        energy_(device) {}

  ShapeCard Execute() {
    CheckPrecision();
    CheckMemory();
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
      diverged.branches = progress_.branches;
      throw;
    }
  }

 private:
  void CheckPrecision() const {
    if (spec_.recipe.precision == Precision::kTf32 &&
        device_.kind != Device::Kind::kCuda) {
      throw std::invalid_argument(
          "precision tf32 needs a GPU and this run is on the cpu; use fp32 or "
          "bf16");
    }
  }

  // Asking for more than there is would end the process, not the run.
  void CheckMemory() const {
    const int64_t needed =
        EstimateTrainingMemory(spec_.shape, spec_.tokens_per_step).total();
    if (device_.memory_limit_bytes > 0 && needed > device_.memory_limit_bytes) {
      std::ostringstream message;
      message << "training needs about " << needed << " bytes and this "
              << device_.kind_name() << " has " << device_.memory_limit_bytes
              << "; give a smaller shape or fewer tokens per step";
      throw OutOfMemory(message.str());
    }
  }

  void CheckStop() const {
    if (stop_.load(std::memory_order_relaxed)) throw Stopped{};
  }

  // Steps, the last, over which the card's training loss is meant.
  int64_t TailSteps() const {
    return std::max<int64_t>(
        1, std::llround(static_cast<double>(spec_.steps) * kTailShare));
  }

  // Goes on from the checkpoint, where there is one; returns the steps done.
  int64_t Resume(BatchStream& batches) {
    if (!checkpoints_.has_value()) return 0;
    std::optional<Checkpoint> checkpoint = checkpoints_->Read();
    if (!checkpoint.has_value()) return 0;
    engine_->Restore(checkpoint->state);
    progress_ = checkpoint->progress;
    resumed_seconds_ = progress_.train_seconds;
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
      checkpoints_->Write({engine_->Save(), progress_});
      checkpoint_step_ = steps_done;
    } catch (const std::runtime_error& error) {
      observer_.OnWarning(std::string(error.what()) + "; " +
                          (checkpoint_step_ == 0
                               ? "the run goes on without a checkpoint"
                               : "the checkpoint of step " +
                                     std::to_string(checkpoint_step_) +
                                     " stays"));
    }
    last_report_ = last_checkpoint_ = SteadyClock::now();
    begin_ += last_checkpoint_ - begin;  // no part of the training time
    checkpoint_write_seconds_ =
        std::chrono::duration<double>(last_checkpoint_ - begin).count();
  }

  void Train(int64_t first_step, BatchStream& batches) {
    begin_ = SteadyClock::now() -
             std::chrono::duration_cast<SteadyClock::duration>(
                 std::chrono::duration<double>(progress_.train_seconds));
    last_report_ = last_checkpoint_ = SteadyClock::now();
    for (int64_t step = first_step; step < spec_.steps; ++step) {
      if (stop_.load(std::memory_order_relaxed)) {
        WriteCheckpoint(step);
        throw Stopped{};
      }
      if (CheckpointIsDue()) WriteCheckpoint(step);
      CoolDownBranches(step);
      // What came before the tail is not part of the card's training loss.
      if (step == spec_.steps - TailSteps()) Report(step);
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
    const double count = static_cast<double>(sums.steps);
    const double loss = sums.loss / count;
    const double now = SecondsSince(begin_);
    progress_.train_seconds = now;
    progress_.norm_sum += sums.gradient_norm;
    progress_.norm_max = std::max(progress_.norm_max, sums.gradient_norm_max);
    if (last_loss_ > 0 && sums.loss_max > kSpike * last_loss_) ++loss_spikes_;
    last_loss_ = loss;
    if (steps_done > spec_.steps - TailSteps()) {
      progress_.tail_loss += sums.loss;
      progress_.tail_steps += sums.steps;
    }
    Measurement point;
    point.step = steps_done;
    point.tokens = steps_done * spec_.tokens_per_step;
    point.flops = static_cast<double>(point.tokens) * flops_per_token_;
    point.train_loss = loss;
    point.gradient_norm = sums.gradient_norm / count;
    point.learning_rate =
        spec_.recipe.learning_rate *
        ScheduleFactor(steps_done - 1, spec_.steps, spec_.recipe);
    point.elapsed_seconds = now;
    const double since = SecondsSince(last_report_);
    point.tokens_per_second =
        since > 0 ? count * static_cast<double>(spec_.tokens_per_step) / since
                  : 0;
    point.peak_memory_bytes = memory_.PeakBytes();
    last_report_ = SteadyClock::now();
    observer_.OnMeasurement(point);
    const std::string problem =
        DivergenceProblem(sums, steps_done, spec_.steps, progress_.losses);
    if (!problem.empty()) throw Diverged(problem);
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
    std::vector<BranchPoint>& done = progress_.branches;
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
    if (!std::isfinite(loss.mean)) {
      throw Diverged("the validation loss is not finite");
    }

    ShapeCard card;
    card.validation_loss = loss.mean;
    card.validation_loss_stderr = loss.standard_error;
    card.train_loss =
        progress_.tail_loss / static_cast<double>(progress_.tail_steps);
    const DataFacts& facts = data_.facts();
    if (facts.bytes_per_token > 0) {
      card.bits_per_byte = loss.mean / std::log(2.0) / facts.bytes_per_token;
    }
    card.loss_floor = data_.LossFloor(spec_.shape.context);
    card.branches = progress_.branches;
    card.parameters = engine_->parameter_count();
    card.flops_per_token = flops_per_token_;
    card.steps = spec_.steps;
    card.tokens = spec_.steps * spec_.tokens_per_step;
    const double tokens = static_cast<double>(card.tokens);
    card.flops = tokens * flops_per_token_;
    if (facts.train_tokens > 0) {
      card.epochs = tokens / static_cast<double>(facts.train_tokens);
    }
    AddWarnings(card);
    card.tokens_per_second = tokens / progress_.train_seconds;
    card.flops_per_second = card.flops / progress_.train_seconds;
    card.step_seconds =
        progress_.train_seconds / static_cast<double>(spec_.steps);
    card.wall_seconds = SecondsSince(begin_);
    card.peak_memory_bytes = memory_.PeakBytes();
    card.gradient_norm_mean =
        progress_.norm_sum / static_cast<double>(spec_.steps);
    card.gradient_norm_max = progress_.norm_max;
    card.unigram_entropy = held_out_.entropy.unigram;
    card.bigram_entropy = held_out_.entropy.bigram;
    card.train_data_tokens = facts.train_tokens;
    card.validation_data_tokens = facts.held_out_tokens;
    card.data_fingerprint = facts.fingerprint;
    card.device = device_.kind_name();
    card.device_name = device_.name;
    card.threads = device_.threads;
    if (device_.team != nullptr) {
      card.processes = device_.team->size();
      card.communication_fraction =
          engine_->communication_seconds() /
          (progress_.train_seconds - resumed_seconds_);
    }
    card.precision = NameOf(spec_.recipe.precision);
    card.trainer = kTrainerVersion;
    card.generalization_gap = card.validation_loss - card.train_loss;
    card.loss_spikes = loss_spikes_;
    card.state_bytes =
        EstimateTrainingMemory(spec_.shape, spec_.tokens_per_step).state;
    card.energy_joules = energy_.Joules();
    return card;
  }

  // What whoever reads the losses should know.
  void AddWarnings(ShapeCard& card) const {
    if (card.epochs > 1) {
      std::ostringstream warning;
      warning.precision(3);
      warning << "data were repeated: " << card.epochs << " epochs of "
              << data_.facts().train_tokens << " training tokens";
      card.warnings.push_back(warning.str());
    }
  }

  // The last thing that is done with the engine; an order to stop ends it, and
  // not the run.
  void MeasureShapeCosts(const Batch& batch, ShapeCard& card) {
    card.costs = MeasureCosts(
        spec_, device_, batch, card.step_seconds,
        std::max(kCostSeconds, kCostShare * progress_.train_seconds), *engine_,
        [this] {
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
  const double flops_per_token_;
  const MemoryMeter memory_;
  const EnergyMeter energy_;
  HeldOut held_out_;
  std::unique_ptr<Engine> engine_;
  std::optional<CheckpointStore> checkpoints_;
  SteadyClock::time_point begin_, last_report_, last_checkpoint_;
  TrainingProgress progress_;
  double last_loss_ = 0;  // of the report before
  int64_t loss_spikes_ = 0;
  double resumed_seconds_ = 0;   // of training before the checkpoint
  int64_t checkpoint_step_ = 0;  // of the newest checkpoint
  double checkpoint_write_seconds_ = 0;
};

}  // namespace

RunResult RunTraining(const RunSpec& spec, const Data& data,
                      const Device& device, const std::atomic<bool>& stop,
                      RunObserver& observer) {
  using Outcome = RunResult::Outcome;
  try {
    TrainingRun run(spec, data, device, stop, observer);
    return {Outcome::kSucceeded, "", run.Execute()};
  } catch (const Diverged& error) {
    return {Outcome::kDiverged, error.what(), std::nullopt, error.branches};
  } catch (const Stopped&) {
    return {Outcome::kStopped, "", std::nullopt};
  } catch (const OutOfMemory& error) {
    return {Outcome::kOutOfMemory, error.what(), std::nullopt};
  } catch (const std::bad_alloc&) {
    return {Outcome::kOutOfMemory, "the system gives no more memory",
            std::nullopt};
  } catch (const c10::OutOfMemoryError& error) {
    return {Outcome::kOutOfMemory, error.what_without_backtrace(),
            std::nullopt};
  } catch (const c10::Error& error) {
    const std::string what = error.what_without_backtrace();
    // LibTorch's allocator of CPU memory has no error class of its own.
    const bool memory = what.find("can't allocate memory") != std::string::npos;
    return {memory ? Outcome::kOutOfMemory : Outcome::kFailed, what,
            std::nullopt};
  } catch (const std::exception& error) {
    return {Outcome::kFailed, error.what(), std::nullopt};
  }
}

}  // namespace isoshape
