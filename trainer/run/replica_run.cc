#include "trainer/run/replica_run.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>

#include "trainer/autograd/replica_engine.h"
#include "trainer/model/recipe.h"
#include "trainer/run/checkpoint.h"
#include "trainer/run/energy_meter.h"
#include "trainer/run/evaluation.h"
#include "trainer/run/run_ledger.h"
#include "trainer/run/run_outcome.h"

namespace isoshape {
namespace {

using SteadyClock = std::chrono::steady_clock;

double SecondsBetween(SteadyClock::time_point begin,
                      SteadyClock::time_point end) {
  return std::chrono::duration<double>(end - begin).count();
}
double SecondsSince(SteadyClock::time_point begin) {
  return SecondsBetween(begin, SteadyClock::now());
}

std::vector<RunSpec> SpecsOf(const std::vector<Replica>& replicas) {
  std::vector<RunSpec> specs;
  for (const Replica& replica : replicas) specs.push_back(replica.spec);
  return specs;
}

// One replica in training.
struct Member {
  Member(size_t number, const Replica& replica)
      : index(number),
        spec(replica.spec),
        stop(replica.stop),
        observer(replica.observer),
        ledger(replica.spec) {}

  bool Told() const { return stop.load(std::memory_order_relaxed); }
  bool Finished() const { return step == spec.steps; }

  const size_t index;
  const RunSpec& spec;
  const std::atomic<bool>& stop;
  RunObserver& observer;
  RunLedger ledger;
  std::unique_ptr<BatchStream> batches;
  const Batch* batch = nullptr;  // the last one
  std::optional<CheckpointStore> checkpoints;
  int64_t step = 0;             // steps done
  int64_t checkpoint_step = 0;  // of the newest checkpoint
  double resumed_seconds = 0;   // of training before the checkpoint
  bool ended = false;           // its result is out
};

class ReplicaRun {
 public:
  ReplicaRun(const std::vector<Replica>& replicas, const Data& data,
             const Device& device,
             const std::function<void(size_t, const RunResult&)>& done)
      : data_(data),
        device_(device),
        done_(done),
        spec_(replicas.front().spec),
        count_(static_cast<int64_t>(replicas.size())),
        memory_(device),
        energy_(device) {
    for (size_t i = 0; i < replicas.size(); ++i) {
      members_.push_back(std::make_unique<Member>(i, replicas[i]));
    }
  }

  void Execute(const std::vector<Replica>& replicas) {
    if (device_.team != nullptr) {
      throw std::invalid_argument(
          "replicas train in one process; start the trainer without "
          "--processes, or send the runs apart");
    }
    CheckPrecision(spec_, device_);
    CheckMemory(spec_, count_, device_);
    data_.CheckShape(spec_.shape);
    const int64_t context = spec_.shape.context;
    const int64_t sequences = spec_.tokens_per_step / context;
    held_out_ = data_.Evaluation(context, sequences, kHeldOutTokens);
    const bool cuda = device_.kind == Device::Kind::kCuda;
    engine_.emplace(
        SpecsOf(replicas),
        cuda ? torch::Device(torch::kCUDA, 0) : torch::Device(torch::kCPU),
        device_.graphs);
    for (const auto& member : members_) {
      member->batches = data_.Train(context, sequences, member->spec.seed);
      member->observer.OnStarted(engine_->parameter_count());
      Resume(*member);
    }
    Train();
  }

  // The result of all that have none yet.
  void EndAll(const RunResult& result) {
    for (const auto& member : members_) {
      if (!member->ended) End(*member, result);
    }
  }

 private:
  // Goes on from the member's checkpoint, where there is one; one that cannot
  // be read ends this member alone.
  void Resume(Member& member) {
    if (member.spec.checkpoint_path.empty()) return;
    try {
      member.checkpoints.emplace(member.spec, data_.facts().fingerprint);
      const std::optional<Checkpoint> checkpoint = member.checkpoints->Read();
      if (!checkpoint.has_value()) return;
      engine_->Restore(member.index, checkpoint->state);
      member.ledger.progress() = checkpoint->progress;
      member.resumed_seconds = checkpoint->progress.train_seconds;
      member.step = member.checkpoint_step = checkpoint->state.step;
      member.batches->Skip(member.step);
    } catch (const std::exception&) {
      End(member, ResultOfException());
    }
  }

  void End(Member& member, const RunResult& result) {
    member.ended = true;
    done_(member.index, result);
  }

  // Those without a result, in order.
  std::vector<Member*> Active() const {
    std::vector<Member*> active;
    for (const auto& member : members_) {
      if (!member->ended) active.push_back(member.get());
    }
    return active;
  }

  void Train() {
    begin_ = last_report_ = last_checkpoint_ = SteadyClock::now();
    for (;;) {
      StopThoseTold();
      FinishThoseDone();
      const std::vector<Member*> active = Active();
      if (active.empty()) return;
      if (CheckpointIsDue()) {
        for (Member* member : active) WriteCheckpoint(*member);
      }
      // What came before the tail is not part of a card's training loss.
      if (std::any_of(active.begin(), active.end(), [](const Member* member) {
            return member->step == member->ledger.tail_begin();
          })) {
        Report();
      }
      Step();
      const bool first_or_last =
          std::any_of(active.begin(), active.end(), [](const Member* member) {
            return member->step == 1 || member->Finished();
          });
      if (first_or_last || SecondsSince(last_report_) >= spec_.report_seconds) {
        Report();
      }
    }
  }

  // A step of all that train; the others see some batch at a rate of 0.
  void Step() {
    std::vector<const Batch*> batches;
    std::vector<double> factors;
    for (const auto& member : members_) {
      const bool trains = !member->ended && !member->Finished();
      if (trains || member->batch == nullptr) {
        member->batch = &member->batches->Next();
      }
      batches.push_back(member->batch);
      factors.push_back(trains ? ScheduleFactor(member->step++, spec_.steps,
                                                member->spec.recipe)
                               : 0);
    }
    engine_->Step(batches, factors);
  }

  // Tells of the steps since the last report and ends what has diverged.
  void Report() {
    const std::vector<StepSums> sums = engine_->Drain();
    if (sums.front().steps == 0) return;
    const SteadyClock::time_point now = SteadyClock::now();
    const int64_t peak = memory_.PeakBytes();
    for (Member* member : Active()) {
      member->observer.OnMeasurement(member->ledger.Enter(
          sums[member->index], member->step,
          member->resumed_seconds + SecondsBetween(begin_, now),
          SecondsBetween(last_report_, now), peak));
      const std::string& problem = member->ledger.problem();
      if (!problem.empty()) {
        End(*member, {RunResult::Outcome::kDiverged, problem, std::nullopt});
      }
    }
    last_report_ = now;
  }

  bool CheckpointIsDue() const {
    return SecondsSince(last_checkpoint_) >=
           std::max(spec_.checkpoint_seconds,
                    checkpoint_write_seconds_ / kCheckpointShare);
  }

  void WriteCheckpoint(Member& member) {
    if (!member.checkpoints.has_value() ||
        member.step == member.checkpoint_step) {
      return;
    }
    Report();
    if (member.ended) return;
    const SteadyClock::time_point begin = SteadyClock::now();
    try {
      member.checkpoints->Write(
          {engine_->Save(member.index), member.ledger.progress()});
      member.checkpoint_step = member.step;
    } catch (const std::runtime_error& error) {
      member.observer.OnWarning(
          CheckpointWarning(error.what(), member.checkpoint_step));
    }
    last_checkpoint_ = SteadyClock::now();
    checkpoint_write_seconds_ =
        SecondsBetween(begin, last_checkpoint_) * static_cast<double>(count_);
    LeaveOut(begin);
  }

  // What was done since `begin` is no part of the training time.
  void LeaveOut(SteadyClock::time_point begin) {
    const SteadyClock::time_point now = SteadyClock::now();
    begin_ += now - begin;
    last_report_ += now - begin;
  }

  void StopThoseTold() {
    for (Member* member : Active()) {
      if (!member->Told()) continue;
      WriteCheckpoint(*member);
      if (member->ended) continue;
      End(*member, {RunResult::Outcome::kStopped, "", std::nullopt});
    }
  }

  void FinishThoseDone() {
    std::vector<Member*> finished;
    for (Member* member : Active()) {
      if (!member->Finished()) continue;
      WriteCheckpoint(*member);
      if (!member->ended) finished.push_back(member);
    }
    if (finished.empty()) return;
    const SteadyClock::time_point begin = SteadyClock::now();
    const std::optional<Losses> losses = Evaluate();
    if (!losses.has_value()) return;
    for (Member* member : finished) Finish(*member, (*losses)[member->index]);
    LeaveOut(begin);
  }

  // Of each held-out sequence, for each replica.
  using Losses = std::vector<std::vector<double>>;

  // Nothing where all are told to stop meanwhile.
  std::optional<Losses> Evaluate() {
    const std::vector<Member*> active = Active();
    Losses losses(members_.size());
    for (const Batch& batch : held_out_.batches) {
      if (std::all_of(active.begin(), active.end(),
                      [](const Member* member) { return member->Told(); })) {
        return std::nullopt;
      }
      active.front()->observer.OnAlive();
      const Losses part = engine_->Evaluate(batch);
      for (size_t i = 0; i < losses.size(); ++i) {
        losses[i].insert(losses[i].end(), part[i].begin(), part[i].end());
      }
    }
    return losses;
  }

  void Finish(Member& member, const std::vector<double>& losses) {
    try {
      ShapeCard card =
          member.ledger.MakeCard(EstimateLoss(losses), held_out_, data_,
                                 device_, engine_->parameter_count());
      card.replicas = static_cast<int>(count_);
      card.wall_seconds = member.resumed_seconds + SecondsSince(begin_);
      card.peak_memory_bytes = memory_.PeakBytes();
      card.energy_joules = energy_.Joules();
      if (card.energy_joules.has_value()) {
        *card.energy_joules /= static_cast<double>(count_);
      }
      MeasureAlone(member, card);
      End(member, {RunResult::Outcome::kSucceeded, "", card});
    } catch (const Diverged&) {
      End(member, ResultOfException());
    }
  }

  // What the shape costs, by an engine for this run alone; where there is no
  // memory for it, nothing.
  void MeasureAlone(Member& member, ShapeCard& card) {
    try {
      // None yet where its checkpoint is of the last step.
      if (member.batch == nullptr) member.batch = &member.batches->Next();
      const std::unique_ptr<Engine> alone = MakeEngine(member.spec, device_);
      alone->Restore(engine_->Save(member.index));
      card.costs =
          MeasureCosts(member.spec, device_, *member.batch, card.step_seconds,
                       SecondsForCosts(member.ledger.progress().train_seconds /
                                       static_cast<double>(count_)),
                       *alone, [&member] {
                         member.observer.OnAlive();
                         return !member.Told();
                       });
    } catch (const std::exception&) {
    }
  }

  const Data& data_;
  const Device& device_;
  const std::function<void(size_t, const RunResult&)>& done_;
  const RunSpec& spec_;  // of the first; what all have in common
  const int64_t count_;
  const MemoryMeter memory_;
  const EnergyMeter energy_;
  std::vector<std::unique_ptr<Member>> members_;
  HeldOut held_out_;
  std::optional<ReplicaEngine> engine_;
  SteadyClock::time_point begin_, last_report_, last_checkpoint_;
  double checkpoint_write_seconds_ = 0;  // of all members, about
};

}  // namespace

void RunReplicas(
    const std::vector<Replica>& replicas, const Data& data,
    const Device& device,
    const std::function<void(size_t replica, const RunResult&)>& done) {
  ReplicaRun run(replicas, data, device, done);
  try {
    run.Execute(replicas);
  } catch (...) {
    run.EndAll(ResultOfException());
  }
}

}  // namespace isoshape
