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
#include "common/text/counted.h"

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

}  // namespace

absl::StatusOr<std::unique_ptr<Executor>> Executor::Start(Options options) {
  options.scheduler.plans_apart = true;
  // Once: where a commit fails tokens go on from the same place.
  ISOSHAPE_ASSIGN_OR_RETURN(
      options.scheduler.tokens_after,
      TokensAfter(*options.scheduler.store, options.scheduler.clock->Now(),
                  options.token_jump));
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
  EndWaits();
  {
    absl::MutexLock lock(&mutex_);
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
      "more is asked than can be done: {} refused; workers are asked for "
      "a heartbeat every {} (isoshape_heartbeat_interval_seconds); run fewer",
      Counted(refused, "call"), absl::FormatDuration(interval));
}

Executor::Load Executor::load() {
  const size_t unanswered = finisher_.unanswered();
  const absl::Duration silence = disk_.Silence();
  absl::MutexLock lock(&mutex_);
  return {.queued = static_cast<int64_t>(queue_.size() + asking_.size() +
                                         heartbeats_.size() + unanswered),
          .refused = refused_,
          .heartbeat_interval = heartbeat_interval_,
          .disk_silence = silence};
}

bool Executor::Prepare(std::function<void()> job) {
  if (preparing_.fetch_add(1) >= kMaxPreparing) {
    --preparing_;
    return false;
  }
  preparations_.Add([this, job = std::move(job)] {
    const Cancellation::Scope scope(&preparing_ends_);
    job();
    --preparing_;
  });
  return true;
}

void Executor::Poke() {
  absl::MutexLock lock(&mutex_);
  poked_ = true;
  changed_.Signal();
}

void Executor::EndWaits() {
  absl::MutexLock lock(&mutex_);
  end_waits_ = true;
  load_->Cancel();
  preparing_ends_.Cancel();
  poked_ = true;
  changed_.Signal();
}

absl::Duration Executor::Patience() const {
  const absl::Duration now = options_.scheduler.clock->Elapsed();
  const absl::Duration next =
      scheduler_ == nullptr
          ? now + kReloadInterval
          : std::min(scheduler_->NextDeadline(), earliest_deadline_);
  absl::Duration patience = std::max(absl::ZeroDuration(), next - now);
  // While leases are held it looks up often enough to see that it was away.
  if (scheduler_ != nullptr && scheduler_->HoldsLeases()) {
    patience = std::min(patience, options_.scheduler.lease_duration / 6);
  }
  if (!waiting_.empty()) patience = std::min(patience, kLookInterval);
  if (scheduler_ != nullptr && commits_fail_) {
    patience =
        std::min(patience, std::max(absl::ZeroDuration(), plan_again_ - now));
  }
  return patience;
}

void Executor::MoveFirst(size_t count, Queue& from, Group& group) {
  for (; count > 0 && !from.empty(); --count) {
    group.push_back(std::move(from.front().operation));
    from.pop_front();
  }
}

std::optional<Executor::Turn> Executor::NextTurn() {
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
  Turn turn = {.group = {},
               .poked = std::exchange(poked_, false),
               .end_waits = end_waits_};
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
  Group& group = turn.group;
  MoveFirst(options_.max_group - calls - asking, heartbeats_, group);
  MoveFirst(options_.max_group - group.size() - asking, queue_, group);
  MoveFirst(options_.max_group - group.size(), asking_, group);
  if (stop_ && group.empty() && waiting_.empty()) return std::nullopt;
  return turn;
}

void Executor::Run() {
  // What is late here is late by the machine's own clock, whatever clock the
  // scheduler has.
  Clock* const clock = Clock::Real();
  absl::Duration back = clock->Elapsed();
  while (true) {
    const absl::Duration expected = back + Patience();
    std::optional<Turn> turn = NextTurn();
    back = clock->Elapsed();
    if (!turn.has_value()) {
      // Who is answered may submit more.
      finisher_.AwaitAnswers();
      if (NobodyWaits()) break;
      continue;
    }
    NoteAway(back - expected);
    Execute(*std::move(turn));
  }
  if (const absl::Status last = finisher_.status(); !last.ok()) {
    NoteCommit(last);
  }
}

void Executor::NoteAway(absl::Duration late) {
  if (late <= options_.scheduler.lease_duration / 3) {
    late = absl::ZeroDuration();
  }
  // If it is late for the stall, then this is the same time.
  const absl::Duration away = std::max(late, disk_.TakeStall().time);
  if (away > absl::ZeroDuration() && scheduler_ != nullptr) {
    scheduler_->GiveFullLeases(away);
  }
}

void Executor::NoteWait() {
  absl::MutexLock lock(&mutex_);
  scheduler_->NoteWait(longest_wait_);
  heartbeat_interval_ = scheduler_->heartbeat_interval();
}

bool Executor::NobodyWaits() {
  absl::MutexLock lock(&mutex_);
  return queue_.empty() && asking_.empty() && heartbeats_.empty();
}

}  // namespace isoshape
