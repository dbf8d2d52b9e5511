#include "trainer/run/training_run.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "trainer/engine/engine.h"
#include "trainer/engine/engine_group.h"
#include "trainer/parallel/process_team.h"
#include "trainer/run/checkpoint.h"
#include "trainer/run/cooldown_branch.h"
#include "trainer/run/energy_meter.h"
#include "trainer/run/evaluation.h"
#include "trainer/run/make_engine.h"
#include "trainer/run/member.h"
#include "trainer/run/memory_meter.h"
#include "trainer/run/run_outcome.h"
#include "trainer/run/shape_costs.h"
#include "trainer/run/step_timer.h"
#include "trainer/run/stopwatch.h"
#include "trainer/run/warm_up.h"
#include "trainer/spec/recipe.h"

namespace isoshape {
namespace {

class TrainingLoop {
 public:
  TrainingLoop(const std::vector<Replica>& replicas, const Data& data,
               const Device& device, const Member::Done& done)
      : data_(data),
        device_(device),
        spec_(replicas.front().spec),
        sequences_(spec_.tokens_per_step / spec_.shape.context) {
    for (const Replica& replica : replicas) {
      members_.emplace_back(members_.size(), replica, done);
    }
  }

  void Execute() {
    CheckPrecision(spec_, device_);
    CheckMemory(spec_, count(), device_);
    CheckFingerprint(spec_, data_.facts().fingerprint);
    data_.CheckShape(spec_.shape);
    WarmUp(spec_, device_);
    memory_.emplace(device_);
    energy_.emplace(device_);
    held_out_ =
        data_.Evaluation(spec_.shape.context, sequences_, kHeldOutTokens);
    MakeEngines();
    for (Member& member : members_) member.Begin(data_, content_, *engines_);
    Train();
  }

  // Ends all that have no result yet by what is being handled.
  void EndByException() {
    const RunResult result = ResultOfException();
    if (result.outcome == RunResult::Outcome::kDeviceLost) lost_ = result;
    EndAll(result);
  }

  bool device_is_lost() const { return lost_.has_value(); }

 private:
  void EndAll(const RunResult& result) {
    for (Member* member : Active()) member->End(result);
  }

  int64_t count() const { return static_cast<int64_t>(members_.size()); }

  void MakeEngines() {
    if (members_.size() == 1) {
      lone_ = MakeEngine(spec_, device_);
      engines_ = std::make_unique<LoneEngine>(*lone_);
      return;
    }
    std::vector<RunSpec> specs;
    for (const Member& member : members_) specs.push_back(member.spec());
    engines_ = MakeReplicas(specs, device_);
  }

  // Those without a result, in order.
  std::vector<Member*> Active() {
    std::vector<Member*> active;
    for (Member& member : members_) {
      if (!member.ended()) active.push_back(&member);
    }
    return active;
  }

  template <typename Condition>
  bool AnyActive(const Condition& condition) {
    const std::vector<Member*> active = Active();
    return std::any_of(active.begin(), active.end(), condition);
  }

  void Train() {
    clock_ = since_checkpoint_ = {};
    for (;;) {
      StopThoseTold();
      FinishThoseDone();
      if (CheckpointIsDue()) {
        for (Member* member : Active()) WriteCheckpoint(*member);
      }
      CoolDownBranches();
      // What came before the tail is not part of a card's training loss.
      if (AnyActive([](Member* member) {
            return member->step() == member->ledger().tail_begin();
          })) {
        Report();
      }
      if (Active().empty()) return;
      Step();
      if (clock_.Seconds() - reported_seconds_ >= spec_.report_seconds ||
          AnyActive([](Member* member) {
            return member->step() == 1 || member->Finished();
          })) {
        Report();
      }
    }
  }

  void Step() {
    std::vector<const Batch*> batches;
    std::vector<double> factors;
    for (Member& member : members_) {
      const Member::NextStep next = member.Advance();
      batches.push_back(&next.batch);
      factors.push_back(next.rate_factor);
    }
    timer_.Step([&] { engines_->Step(batches, factors); });
  }

  // Tells of the steps since the last report, and ends what has diverged.
  void Report() {
    const std::vector<StepSums> sums = engines_->Drain();
    timer_.OnDrained();
    if (sums.front().steps == 0) return;
    const double now = clock_.Seconds();
    const int64_t peak = memory_->PeakBytes();
    for (Member* member : Active()) {
      member->Report(sums[member->index()], now, now - reported_seconds_, peak);
    }
    reported_seconds_ = now;
  }

  bool CheckpointIsDue() const {
    return since_checkpoint_.Seconds() >=
           std::max(spec_.checkpoint_seconds,
                    checkpoint_write_seconds_ / kCheckpointShare);
  }

  void WriteCheckpoint(Member& member) {
    if (!member.NeedsCheckpoint()) return;
    Report();
    if (member.ended()) return;
    const double begin = clock_.Seconds();
    member.WriteCheckpoint(*engines_);
    checkpoint_write_seconds_ =
        clock_.GoBackTo(begin) * static_cast<double>(count());
    since_checkpoint_ = {};
  }

  void StopThoseTold() {
    for (Member* member : Active()) {
      if (!member->ToldToStop()) continue;
      WriteCheckpoint(*member);
      if (!member->ended()) {
        member->End({RunResult::Outcome::kStopped, "", std::nullopt});
      }
    }
  }

  // The branches that leave the trunk before the next step; only a run alone
  // has any.
  void CoolDownBranches() {
    if (lone_ == nullptr) return;
    Member& member = members_.front();
    std::vector<BranchPoint>& done = member.ledger().progress().branches;
    while (!member.ended() && done.size() < spec_.branch_steps.size() &&
           CooldownStart(spec_.branch_steps[done.size()], spec_.recipe) <=
               member.step()) {
      Report();
      if (member.ended()) return;
      const double begin = clock_.Seconds();
      const std::unique_ptr<BatchStream> batches =
          data_.Train(spec_.shape.context, sequences_, spec_.seed);
      batches->Skip(member.step());
      const auto between = [&member] {
        if (member.ToldToStop()) throw Stopped{};
        member.observer().OnAlive();
      };
      const BranchPoint point = CoolDown(spec_, spec_.branch_steps[done.size()],
                                         *batches, held_out_, between, *lone_);
      if (!std::isfinite(point.validation_loss)) {
        throw Diverged("the validation loss of the branch of " +
                       std::to_string(point.steps) + " steps is not finite");
      }
      done.push_back(point);
      clock_.GoBackTo(begin);
    }
  }

  void FinishThoseDone() {
    std::vector<Member*> finished;
    for (Member* member : Active()) {
      if (!member->Finished()) continue;
      WriteCheckpoint(*member);
      if (!member->ended()) finished.push_back(member);
    }
    if (finished.empty()) return;
    const double begin = clock_.Seconds();
    const std::optional<Losses> losses = Evaluate();
    if (!losses.has_value()) {
      StopThoseTold();
      return;
    }
    for (Member* member : finished) {
      if (!member->ended()) Finish(*member, (*losses)[member->index()]);
    }
    clock_.GoBackTo(begin);
  }

  // The loss of each held-out sequence, for each member.
  using Losses = std::vector<std::vector<double>>;

  // Nothing if all are told to stop meanwhile.
  std::optional<Losses> Evaluate() {
    Losses losses(members_.size());
    for (const Batch& batch : held_out_.batches) {
      if (!AnyActive([](Member* member) { return !member->ToldToStop(); })) {
        return std::nullopt;
      }
      Active().front()->observer().OnAlive();
      const Losses part = engines_->Evaluate(batch);
      for (size_t i = 0; i < losses.size(); ++i) {
        losses[i].insert(losses[i].end(), part[i].begin(), part[i].end());
      }
    }
    return losses;
  }

  void Finish(Member& member, const std::vector<double>& losses) {
    try {
      ShapeCard card = member.ledger().MakeCard(
          EstimateLoss(losses), held_out_, data_, device_,
          engines_->parameter_count(), timer_.Times());
      AddWhatTheLoopMeasured(member, card);
      MeasureShapeCosts(member, card);
      member.End({RunResult::Outcome::kSucceeded, "", card});
      if (lost_.has_value()) EndAll(*lost_);
    } catch (const Diverged&) {
      member.End(ResultOfException());
    }
  }

  void AddWhatTheLoopMeasured(Member& member, ShapeCard& card) {
    card.engine = engines_->name();
    card.passes = engines_->passes();
    card.replicas = static_cast<int>(count());
    card.wall_seconds = member.TrainSeconds(clock_.Seconds());
    card.peak_memory_bytes = memory_->PeakBytes();
    card.energy_joules = energy_->Joules();
    if (card.energy_joules.has_value()) {
      *card.energy_joules /= static_cast<double>(count());
    }
    if (device_.team == nullptr) return;
    card.processes = device_.team->size();
    if (reported_seconds_ > 0) {
      card.communication_fraction =
          engines_->communication_seconds() / reported_seconds_;
    }
  }

  // Measures with the engine of the run, or, if it trains beside others, with
  // one that is made for it. An order to stop, a lack of memory or a device
  // that fails ends the measuring and not the run, which has its result
  // already.
  void MeasureShapeCosts(Member& member, ShapeCard& card) {
    const double train_seconds = member.ledger().progress().train_seconds;
    try {
      std::unique_ptr<Engine> alone;
      if (lone_ == nullptr) {
        alone = MakeEngine(member.spec(), device_);
        alone->Restore(engines_->Save(member.index()));
      }
      card.costs = MeasureCosts(
          member.spec(), device_, member.NextBatch(), card.step_seconds,
          SecondsForCosts(train_seconds / static_cast<double>(count())),
          alone == nullptr ? *lone_ : *alone, [&member] {
            member.observer().OnAlive();
            return !member.ToldToStop();
          });
    } catch (const std::exception&) {
      const RunResult why = ResultOfException();
      if (why.outcome == RunResult::Outcome::kDeviceLost) lost_ = why;
    }
  }

  const Data& data_;
  const Device& device_;
  const RunSpec& spec_;  // of the first; what all have in common
  const int64_t sequences_;
  DataWatch content_{spec_.data_path, data_};
  std::deque<Member> members_;
  std::optional<MemoryMeter> memory_;
  std::optional<EnergyMeter> energy_;
  HeldOut held_out_;
  std::unique_ptr<Engine> lone_;  // of the run, if there is one run
  std::unique_ptr<EngineGroup> engines_;
  Stopwatch clock_;  // of training
  StepTimer timer_{clock_, device_};
  double reported_seconds_ = 0;  // on it, at the last report
  Stopwatch since_checkpoint_;
  double checkpoint_write_seconds_ = 0;  // of all members, about
  std::optional<RunResult> lost_;        // if the device is lost
};

}  // namespace

bool RunReplicas(
    const std::vector<Replica>& replicas, const Data& data,
    const Device& device,
    const std::function<void(size_t replica, const RunResult&)>& done) {
  TrainingLoop loop(replicas, data, device, done);
  try {
    loop.Execute();
  } catch (...) {
    loop.EndByException();
  }
  return !loop.device_is_lost();
}

}  // namespace isoshape
