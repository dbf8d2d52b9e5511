#include "coordinator/scheduler/executor.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status/retry_after.h"
#include "common/status/status_macros.h"
#include "common/text/one_line.h"
#include "coordinator/stopping_error.h"

namespace isoshape {
namespace {

// Time between two tries to load a scheduler that could not be loaded.
constexpr absl::Duration kReloadInterval = absl::Seconds(1);

// Between two lines about refused calls.
constexpr absl::Duration kRefusalLogInterval = absl::Seconds(10);

// When a call that is refused is to come again, at the earliest.
constexpr absl::Duration kSoonest = absl::Seconds(1);

// Jobs that wait for Prepare at most: a minute of them.
constexpr int kMaxPreparing = 64;

// A group of at most so many calls is answered by the thread itself if nothing
// else is to be done.
constexpr size_t kFewCalls = 4;

// The error that callers get if the commit of their group failed.
absl::Status CommitError(const absl::Status& status) {
  const absl::StatusCode code =
      absl::IsUnavailable(status) || absl::IsDataLoss(status)
          ? status.code()
          : absl::StatusCode::kInternal;
  return absl::Status(
      code, absl::StrCat("the change could not be stored (", status.message(),
                         "); send it again with the same request_id"));
}

}  // namespace

// Brings a plan to the scheduler that ordered it.
class Executor::PlanMade final : public Executor::Operation {
 public:
  PlanMade(const int64_t* loads, int64_t load, PlanOrder order,
           absl::StatusOr<Plan> plan)
      : loads_(loads),
        load_(load),
        order_(std::move(order)),
        plan_(std::move(plan)) {}
  bool Apply(Scheduler& scheduler) override {
    if (*loads_ == load_) scheduler.TakePlan(order_, std::move(plan_));
    return true;
  }
  void Reply(const absl::Status&) override {}
  Urgency urgency() const override { return Urgency::kOwn; }

 private:
  const int64_t* const loads_;  // of the executor, read on its thread
  const int64_t load_;
  const PlanOrder order_;
  absl::StatusOr<Plan> plan_;
};

absl::StatusOr<std::unique_ptr<Executor>> Executor::Start(Options options) {
  options.scheduler.plans_apart = true;
  ISOSHAPE_ASSIGN_OR_RETURN(std::unique_ptr<Scheduler> scheduler,
                            Scheduler::Load(options.scheduler));
  std::unique_ptr<Executor> executor(
      new Executor(std::move(options), std::move(scheduler)));
  {
    absl::MutexLock lock(&executor->mutex_);
    executor->heartbeat_interval_ = executor->scheduler_->heartbeat_interval();
  }
  executor->thread_ = std::thread([raw = executor.get()] { raw->Run(); });
  return executor;
}

Executor::~Executor() {
  {
    absl::MutexLock lock(&mutex_);
    end_waits_ = true;
    stop_ = true;
    changed_.Signal();
  }
  if (thread_.joinable()) thread_.join();
}

std::pair<Executor::Queue*, size_t> Executor::QueueOf(
    Operation::Urgency urgency) {
  switch (urgency) {
    case Operation::Urgency::kHeartbeat:
      return {&heartbeats_, 4 * options_.max_queue};
    case Operation::Urgency::kLease:
      return {&asking_, 4 * options_.max_queue};
    case Operation::Urgency::kOwn:
      return {&queue_, std::numeric_limits<size_t>::max()};
    case Operation::Urgency::kCall:
      break;
  }
  return {&queue_, options_.max_queue};
}

void Executor::Submit(std::unique_ptr<Operation> operation) {
  const absl::Duration now = options_.scheduler.clock->Elapsed();
  absl::Duration later;
  size_t before = 0;
  {
    absl::MutexLock lock(&mutex_);
    const auto [queue, most] = QueueOf(operation->urgency());
    before = queue->size();
    if (before < most) {
      queue->push_back({std::move(operation), now});
      changed_.Signal();
      return;
    }
    ++refused_;
    // As long as those take that are before it.
    later = std::max(kSoonest, now - queue->front().since);
  }
  NoteRefused();
  absl::Status refusal = absl::ResourceExhaustedError(absl::StrFormat(
      "the coordinator has %d calls to answer before this one; send it again "
      "in a few seconds, with the same request_id",
      before));
  SetRetryAfter(later, refusal);
  operation->Reply(refusal);
}

void Executor::NoteRefused() {
  int64_t refused = 0;
  absl::Duration interval;
  {
    absl::MutexLock lock(&mutex_);
    interval = heartbeat_interval_;
    const absl::Duration now = Clock::Real()->Elapsed();
    if (now - refusals_logged_ < kRefusalLogInterval) return;
    refused = refused_ - std::exchange(refused_logged_, refused_);
    refusals_logged_ = now;
  }
  spdlog::warn(
      "more is asked than can be done: {} calls refused; workers are asked for "
      "a heartbeat every {} (isoshape_heartbeat_interval_seconds); run fewer",
      refused, absl::FormatDuration(interval));
}

Executor::Load Executor::load() {
  absl::MutexLock lock(&mutex_);
  return {.queued = static_cast<int64_t>(queue_.size() + asking_.size() +
                                         heartbeats_.size()),
          .refused = refused_,
          .heartbeat_interval = heartbeat_interval_};
}

bool Executor::Prepare(std::function<void()> job) {
  if (preparing_.fetch_add(1) >= kMaxPreparing) {
    --preparing_;
    return false;
  }
  preparations_.Add([this, job = std::move(job)] {
    job();
    --preparing_;
  });
  return true;
}

void Executor::OrderPlans() {
  if (scheduler_ == nullptr) return;
  for (PlanOrder& order : scheduler_->TakePlanOrders()) {
    plans_.Add([this, load = loads_, order = std::move(order)]() mutable {
      absl::StatusOr<Plan> plan = PlanTrials(order.input);
      Submit(std::make_unique<PlanMade>(&loads_, load, std::move(order),
                                        std::move(plan)));
    });
  }
}

void Executor::Poke() {
  absl::MutexLock lock(&mutex_);
  poked_ = true;
  changed_.Signal();
}

void Executor::EndWaits() {
  absl::MutexLock lock(&mutex_);
  end_waits_ = true;
  poked_ = true;
  changed_.Signal();
}

absl::Duration Executor::Patience() const {
  const absl::Duration now = options_.scheduler.clock->Elapsed();
  absl::Duration next = scheduler_ == nullptr ? now + kReloadInterval
                                              : scheduler_->NextDeadline();
  for (const auto& operation : waiting_) {
    next = std::min(next, operation->deadline());
  }
  absl::Duration patience = std::max(absl::ZeroDuration(), next - now);
  // While leases are held it looks up often enough to see that it was away.
  if (scheduler_ != nullptr && scheduler_->HoldsLeases()) {
    patience = std::min(patience, options_.scheduler.lease_duration / 6);
  }
  return patience;
}

void Executor::MoveFirst(size_t count, Queue& from, Group& group) {
  for (; count > 0 && !from.empty(); --count) {
    group.push_back(std::move(from.front().operation));
    from.pop_front();
  }
}

bool Executor::NextGroup(Group* group, bool* end_waits) {
  // The wait is in real time: a test that advances its clock must call Poke.
  Clock* const clock = Clock::Real();
  const absl::Duration end = clock->Elapsed() + Patience();
  absl::MutexLock lock(&mutex_);
  while (queue_.empty() && asking_.empty() && heartbeats_.empty() && !poked_ &&
         !stop_) {
    const absl::Duration left = end - clock->Elapsed();
    if (left <= absl::ZeroDuration()) break;
    changed_.WaitFor(&mutex_, left);
  }
  poked_ = false;
  *end_waits = end_waits_;
  // Calls keep a quarter of the group, and what asks for work too, if they need
  // it: heartbeats alone train nothing.
  longest_wait_ = absl::ZeroDuration();
  for (const Queue* queue : {&heartbeats_, &queue_}) {
    if (queue->empty()) continue;
    longest_wait_ =
        std::max(longest_wait_,
                 options_.scheduler.clock->Elapsed() - queue->front().since);
  }
  const size_t share = options_.max_group / 4;
  const size_t calls = std::min(queue_.size(), share);
  const size_t asking = std::min(asking_.size(), share);
  MoveFirst(options_.max_group - calls - asking, heartbeats_, *group);
  MoveFirst(options_.max_group - group->size() - asking, queue_, *group);
  MoveFirst(options_.max_group - group->size(), asking_, *group);
  return !(stop_ && group->empty() && waiting_.empty());
}

void Executor::Run() {
  // What is late here is late by the machine's own clock, whatever clock the
  // scheduler has.
  Clock* const clock = Clock::Real();
  const absl::Duration heartbeat = options_.scheduler.lease_duration / 3;
  Group group;
  bool end_waits = false;
  absl::Duration back = clock->Elapsed();
  while (true) {
    const absl::Duration expected = back + Patience();
    const bool go_on = NextGroup(&group, &end_waits);
    back = clock->Elapsed();
    if (!go_on) return;
    if (back > expected + heartbeat && scheduler_ != nullptr) {
      scheduler_->GiveFullLeases(back - expected);
    }
    Execute(std::move(group), end_waits);
    group.clear();
  }
}

absl::Status Executor::Reload() {
  absl::StatusOr<std::unique_ptr<Scheduler>> loaded =
      Scheduler::Load(options_.scheduler);
  if (!loaded.ok()) return loaded.status();
  scheduler_ = *std::move(loaded);
  ++loads_;
  offers_seen_ = -1;  // who waits shall ask again
  return absl::OkStatus();
}

void Executor::Commit(Group answered, Group refused) {
  auto done = std::make_shared<Committed>(
      Committed{std::make_shared<const std::vector<Mutation>>(
                    scheduler_->TakeMutations()),
                std::move(answered), std::move(refused)});
  if (!done->mutations->empty()) {
    const absl::Status staged =
        options_.scheduler.store->Stage(done->mutations);
    if (!staged.ok()) {
      Fail(staged);
      OrderPlans();
      return Answer(*done, CommitError(staged));
    }
  }
  OrderPlans();
  if (done->mutations->empty() && done->answered.empty() &&
      done->refused.empty()) {
    return;
  }
  const bool few = done->answered.size() <= kFewCalls;
  const CommitFinisher::Answer answer = [this,
                                         done](const absl::Status& finished) {
    Answer(*done, finished.ok() ? finished : CommitError(finished));
    if (!finished.ok()) Poke();  // NoteFinisher
  };
  if (few && NobodyWaits() && finisher_.FinishHere(answer)) return;
  finisher_.HandOver(answer);
}

bool Executor::NobodyWaits() {
  absl::MutexLock lock(&mutex_);
  return queue_.empty() && asking_.empty() && heartbeats_.empty();
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
  NoteCommit(status);
  finisher_.Recover();
  scheduler_.reset();
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
  }
}

void Executor::NoteWait() {
  absl::MutexLock lock(&mutex_);
  scheduler_->NoteWait(longest_wait_);
  heartbeat_interval_ = scheduler_->heartbeat_interval();
}

void Executor::Execute(Group group, bool end_waits) {
  NoteFinisher();
  if (scheduler_ == nullptr) {
    if (const absl::Status status = Reload(); !status.ok()) {
      const absl::Status error = CommitError(status);
      for (auto& operation : group) operation->Reply(error);
      if (end_waits) {
        for (auto& operation : waiting_) operation->Reply(error);
        waiting_.clear();
      }
      return;
    }
  }
  Group answered;
  NoteWait();
  scheduler_->ExpireLeases();
  scheduler_->AddProposed();
  for (auto& operation : group) {
    if (operation->abandoned() || operation->Apply(*scheduler_)) {
      answered.push_back(std::move(operation));
    } else {
      waiting_.push_back(std::move(operation));
    }
  }
  const absl::Duration now = options_.scheduler.clock->Elapsed();
  const bool new_offers = scheduler_->offers() != offers_seen_;
  offers_seen_ = scheduler_->offers();
  std::deque<std::unique_ptr<Operation>> still_waiting;
  Group refused;
  for (auto& operation : waiting_) {
    if (operation->abandoned() ||
        (new_offers && operation->Apply(*scheduler_)) ||
        operation->deadline() <= now) {
      answered.push_back(std::move(operation));
    } else if (end_waits) {
      refused.push_back(std::move(operation));
    } else {
      still_waiting.push_back(std::move(operation));
    }
  }
  waiting_ = std::move(still_waiting);
  Commit(std::move(answered), std::move(refused));
}

}  // namespace isoshape
