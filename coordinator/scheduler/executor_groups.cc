// What becomes of a group: it is applied, committed and answered.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/text/one_line.h"
#include "common/threads/cancellation.h"
#include "coordinator/scheduler/executor.h"
#include "coordinator/stopping_error.h"

namespace isoshape {
namespace {

// A group of at most so many calls is answered by the thread itself if nothing
// else is to be done.
constexpr size_t kFewCalls = 4;

// How long after a commit that failed plans are made, for theirs is to fail
// too: at first, and at most. Whatever succeeds meanwhile has them made at
// once.
constexpr absl::Duration kFirstPlanPause = absl::Seconds(1);
constexpr absl::Duration kMaxPlanPause = absl::Minutes(1);

// The error that callers get if the commit of their group failed, or one before
// it and theirs changed nothing.
absl::Status CommitError(const absl::Status& status, bool changes = true) {
  const absl::StatusCode code =
      absl::IsUnavailable(status) || absl::IsDataLoss(status)
          ? status.code()
          : absl::StatusCode::kInternal;
  return absl::Status(
      code,
      changes
          ? absl::StrCat("the change could not be stored (", status.message(),
                         "); send it again with the same request_id")
          : absl::StrCat("what this answer rests on could not be stored (",
                         status.message(), "); ask again"));
}

}  // namespace

// Brings a plan to the scheduler that ordered it.
class Executor::PlanMade final : public Executor::Operation {
 public:
  PlanMade(std::shared_ptr<const Cancellation> load, PlanOrder order,
           absl::StatusOr<Plan> plan)
      : load_(std::move(load)),
        order_(std::move(order)),
        plan_(std::move(plan)) {}
  bool Apply(Scheduler& scheduler) override {
    if (!load_->cancelled()) scheduler.TakePlan(order_, std::move(plan_));
    return true;
  }
  void Reply(const absl::Status&) override {}
  Urgency urgency() const override { return Urgency::kOwn; }

 private:
  const std::shared_ptr<const Cancellation> load_;
  const PlanOrder order_;
  absl::StatusOr<Plan> plan_;
};

void Executor::OrderPlans() {
  if (scheduler_ == nullptr) return;
  if (commits_fail_) {
    const absl::Duration now = options_.scheduler.clock->Elapsed();
    if (now < plan_again_) return;
    // If nobody else tries to store anything, then they do.
    plan_again_ = now + plan_pause_;
  } else {
    plan_pause_ = absl::ZeroDuration();
  }
  const std::shared_ptr<const Cancellation> load = CurrentLoad();
  if (load->cancelled()) return;  // it stops
  for (PlanOrder& order : scheduler_->TakePlanOrders()) {
    plans_.Add([this, load, order = std::move(order)]() mutable {
      if (load->cancelled()) return;
      const Cancellation::Scope scope(load.get());
      absl::StatusOr<Plan> plan = options_.plan(order.input);
      // What was cut short is no plan.
      if (load->cancelled()) return;
      Submit(
          std::make_unique<PlanMade>(load, std::move(order), std::move(plan)));
    });
  }
}

std::shared_ptr<const Cancellation> Executor::CurrentLoad() {
  absl::MutexLock lock(&mutex_);
  return load_;
}

void Executor::BeginLoad() {
  absl::MutexLock lock(&mutex_);
  load_->Cancel();
  load_ = std::make_shared<Cancellation>();
  if (end_waits_) load_->Cancel();
}

void Executor::Execute(Turn turn) {
  NoteFinisher();
  if (scheduler_ == nullptr) {
    if (const absl::Status status = Reload(); !status.ok()) {
      const absl::Status error = CommitError(status);
      for (auto& operation : turn.group) operation->Reply(error);
      if (turn.end_waits) {
        for (auto& operation : waiting_) operation->Reply(error);
        waiting_.clear();
        earliest_deadline_ = absl::InfiniteDuration();
      }
      return;
    }
  }
  Group answered;
  NoteWait();
  scheduler_->ExpireLeases();
  scheduler_->AddProposed();
  for (auto& operation : turn.group) {
    if (operation->abandoned() || operation->Apply(*scheduler_)) {
      answered.push_back(std::move(operation));
    } else {
      earliest_deadline_ = std::min(earliest_deadline_, operation->deadline());
      waiting_.push_back(std::move(operation));
    }
  }
  Group refused;
  EndDueWaits(turn, answered, refused);
  Commit(std::move(answered), std::move(refused));
}

void Executor::EndDueWaits(const Turn& turn, Group& answered, Group& refused) {
  const absl::Duration now = options_.scheduler.clock->Elapsed();
  const bool new_offers = scheduler_->offers() != offers_seen_;
  offers_seen_ = scheduler_->offers();
  const bool looks = new_offers || turn.poked || turn.end_waits ||
                     now - looked_ >= kLookInterval;
  if (!looks && now < earliest_deadline_) return;
  if (looks) looked_ = now;
  earliest_deadline_ = absl::InfiniteDuration();
  std::deque<std::unique_ptr<Operation>> still_waiting;
  for (auto& operation : waiting_) {
    if ((looks && operation->abandoned()) ||
        (new_offers && operation->Apply(*scheduler_)) ||
        operation->deadline() <= now) {
      answered.push_back(std::move(operation));
    } else if (turn.end_waits && !operation->has_changed()) {
      // It is told nothing of what is yet to be on disk, which may stall.
      operation->Reply(StoppingError());
    } else if (turn.end_waits) {
      refused.push_back(std::move(operation));
    } else {
      earliest_deadline_ = std::min(earliest_deadline_, operation->deadline());
      still_waiting.push_back(std::move(operation));
    }
  }
  waiting_ = std::move(still_waiting);
}

absl::Status Executor::Reload() {
  absl::StatusOr<std::unique_ptr<Scheduler>> loaded =
      Scheduler::Load(options_.scheduler);
  if (!loaded.ok()) return loaded.status();
  scheduler_ = *std::move(loaded);
  BeginLoad();
  offers_seen_ = -1;  // who waits shall ask again
  return absl::OkStatus();
}

void Executor::Commit(Group answered, Group refused) {
  auto done = std::make_shared<Committed>(
      Committed{std::make_shared<const std::vector<Mutation>>(
                    scheduler_->TakeMutations()),
                std::move(answered), std::move(refused)});
  if (!done->mutations->empty()) {
    absl::Status staged;
    {
      // That of PostgreSQL is all of a commit.
      const DiskWatch::Ask ask(&disk_);
      staged = options_.scheduler.store->Stage(done->mutations);
    }
    if (!staged.ok()) {
      Fail(staged);
      return Answer(*done, CommitError(staged));
    }
  }
  OrderPlans();
  if (done->mutations->empty() && done->answered.empty() &&
      done->refused.empty()) {
    return;
  }
  const size_t calls = done->answered.size() + done->refused.size();
  CommitFinisher::Group group = {
      .staged = !done->mutations->empty(),
      .calls = calls,
      .answer = [this, done](const absl::Status& finished) {
        Answer(*done, finished.ok()
                          ? finished
                          : CommitError(finished, !done->mutations->empty()));
        if (!finished.ok()) Poke();  // NoteFinisher
      }};
  if (calls <= kFewCalls && NobodyWaits() && finisher_.FinishHere(group)) {
    return;
  }
  finisher_.HandOver(std::move(group));
}

void Executor::Answer(const Committed& group, const absl::Status& committed) {
  if (committed.ok() && !group.mutations->empty()) {
    NoteCommit(committed);
    if (options_.on_commit) options_.on_commit(*group.mutations);
  }
  for (const auto& operation : group.answered) operation->Reply(committed);
  for (const auto& operation : group.refused) {
    operation->Reply(StoppingError());
  }
}

void Executor::Fail(const absl::Status& status) {
  // First: those before it may have succeeded, and say so.
  finisher_.Recover();
  NoteCommit(status);
  scheduler_.reset();
  plan_pause_ = std::clamp(2 * plan_pause_, kFirstPlanPause, kMaxPlanPause);
  plan_again_ = options_.scheduler.clock->Elapsed() + plan_pause_;
  // If this fails too, it is tried again with the next group.
  Reload().IgnoreError();
  // Those that wait upon what they changed themselves.
  const auto failed = std::stable_partition(
      waiting_.begin(), waiting_.end(),
      [](const auto& operation) { return !operation->has_changed(); });
  for (auto it = failed; it != waiting_.end(); ++it) {
    (*it)->Reply(CommitError(status));
  }
  waiting_.erase(failed, waiting_.end());
}

void Executor::NoteFinisher() {
  const absl::Status status = finisher_.status();
  if (!status.ok()) Fail(status);
}

void Executor::NoteCommit(const absl::Status& status) {
  if (commits_fail_.exchange(!status.ok()) == !status.ok()) return;
  if (!status.ok()) {
    spdlog::error("nothing can be stored, and no change is accepted: {}",
                  OneLine(status.message()));
  } else {
    spdlog::info("changes can be stored again");
    Poke();  // OrderPlans
  }
}

}  // namespace isoshape
