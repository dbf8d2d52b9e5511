// A disk that takes long, and the end of the executor while it does.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "coordinator/scheduler/commit_finisher.h"
#include "coordinator/scheduler/heartbeat_pace.h"
#include "tests/awaited_log.h"
#include "tests/coordinator/scheduler/executor_staging_fixture.h"

namespace isoshape {
namespace {

// Waits, and asks for nothing.
class OnlyWaitOperation : public WaitOperation {
 public:
  using WaitOperation::WaitOperation;
  bool Apply(Scheduler& /*scheduler*/) override { return false; }
};

class ExecutorStallTest : public ExecutorStagingTest {
 protected:
  // How many trials of campaign `a` are leased, once what is due is done.
  int64_t Leased() {
    int64_t leased = 0;
    EXPECT_TRUE(CallAndWait(CountLeased(&leased)).ok());
    return leased;
  }
  static CallOperation::Verb CountLeased(int64_t* leased) {
    return [leased](Scheduler& scheduler) {
      *leased = scheduler.campaigns()
                    .at("campaigns/a")
                    .campaign.trial_counts()
                    .leased();
      return absl::OkStatus();
    };
  }
};

TEST_F(ExecutorStallTest, NoLeaseEndsForIt) {
  Answer created, lease;
  executor_->Submit(std::make_unique<CreateOperation>("a", &created));
  created.done.WaitForNotification();
  executor_->Submit(
      std::make_unique<WaitOperation>(absl::InfiniteDuration(), &lease));
  lease.done.WaitForNotification();
  ASSERT_TRUE(lease.status.ok());
  HoldGroup();
  // No heartbeat comes, since the last one has no answer.
  std::vector<Answer> looks(3);
  for (Answer& look : looks) {
    clock_.Advance(kLease - absl::Seconds(1));
    int64_t leased = 0;
    Apply(CountLeased(&leased), &look);
    EXPECT_EQ(leased, 1);
  }
  clock_.Advance(absl::Seconds(2));
  store_.Release();
  ExpectHeld(absl::StatusCode::kOk);
  for (Answer& look : looks) look.done.WaitForNotification();
  // From then on it has its full length, and no more.
  EXPECT_EQ(Leased(), 1);
  clock_.Advance(kLease - absl::Seconds(1));
  EXPECT_EQ(Leased(), 1);
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(Leased(), 0);
}

// Leases were extended when their heartbeats had their turn.
TEST_F(ExecutorStallTest, AnswersThatWaitForItMakeHeartbeatsNoRarer) {
  HoldGroup();
  std::vector<Answer> answers(3);
  for (Answer& answer : answers) {
    Apply(Nothing, &answer);
    clock_.Advance(4 * HeartbeatPace::kLongWait);
  }
  store_.Release();
  ExpectHeld(absl::StatusCode::kOk);
  for (Answer& answer : answers) answer.done.WaitForNotification();
  EXPECT_EQ(executor_->load().heartbeat_interval, kLease / 3);
}

TEST_F(ExecutorStallTest, IsKnownWithoutAnAnswerOfTheExecutor) {
  EXPECT_TRUE(executor_->DiskAnswers().ok());
  HoldGroup();
  clock_.Advance(absl::Seconds(5));
  EXPECT_EQ(executor_->DiskAnswers().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(executor_->load().disk_silence, absl::Seconds(5));
  store_.Release();
  ExpectHeld(absl::StatusCode::kOk);
  EXPECT_TRUE(executor_->DiskAnswers().ok());
}

// Nobody is told of what they have not changed.
TEST_F(ExecutorStallTest, WaitsThatEndDoNotWaitForTheDisk) {
  HoldGroup();
  Answer waits, barrier;
  executor_->Submit(
      std::make_unique<OnlyWaitOperation>(absl::InfiniteDuration(), &waits));
  Apply(Nothing, &barrier);
  executor_->EndWaits();
  EXPECT_TRUE(waits.done.WaitForNotificationWithTimeout(absl::Seconds(30)));
  EXPECT_EQ(waits.status.code(), absl::StatusCode::kUnavailable);
  EXPECT_FALSE(barrier.done.HasBeenNotified());
  store_.Release();
  ExpectHeld(absl::StatusCode::kOk);
  barrier.done.WaitForNotification();
}

TEST_F(ExecutorStallTest, WhatOnlyReadsIsNotToldToBeSentAgainAsAChange) {
  store_.PlanFaults({MemoryStore::Fault::kRefuse});
  HoldGroup();
  Answer reads;
  Apply(Nothing, &reads);
  store_.Release();
  ExpectHeld(absl::StatusCode::kUnavailable);
  reads.done.WaitForNotification();
  EXPECT_EQ(reads.status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(
      std::string(reads.status.message()),
      testing::StartsWith("what this answer rests on could not be stored ("));
  EXPECT_THAT(std::string(reads.status.message()),
              testing::EndsWith("; ask again"));
}

TEST_F(ExecutorStallTest, WhatItHoldsUpIsBounded) {
  HoldGroup();
  // Those that may wait for the disk, and one that waits until these are fewer.
  constexpr size_t kGroups = CommitFinisher::kMostWaiting + 1;
  std::vector<Answer> groups(kGroups);
  for (size_t i = 0; i < kGroups; ++i) {
    Apply(Register(absl::StrCat("b", i)), &groups[i]);
  }
  std::vector<Answer> beyond(3);
  std::vector<absl::Notification> applied(beyond.size());
  for (size_t i = 0; i < beyond.size(); ++i) {
    executor_->Submit(std::make_unique<CallOperation>(
        Register(absl::StrCat("c", i)), &applied[i], &beyond[i]));
  }
  EXPECT_TRUE(AreQueued(kGroup + kGroups + beyond.size()));
  for (const absl::Notification& one : applied) {
    EXPECT_FALSE(one.HasBeenNotified());
  }
  store_.Release();
  for (auto* const answers : {&groups, &beyond}) {
    for (Answer& answer : *answers) {
      answer.done.WaitForNotification();
      EXPECT_TRUE(answer.status.ok());
    }
  }
  ExpectHeld(absl::StatusCode::kOk);
  // Those beyond share one.
  EXPECT_EQ(store_.commits(), 1 + kGroups + 1);
  EXPECT_EQ(executor_->load().queued, 0);
}

// Answers with another call, as a call does that is planned in between.
class TwoStepOperation : public Executor::Operation {
 public:
  TwoStepOperation(Executor* executor, CallOperation::Verb verb, Answer* answer)
      : executor_(executor), verb_(std::move(verb)), answer_(answer) {}
  bool Apply(Scheduler& /*scheduler*/) override { return true; }
  void Reply(const absl::Status& committed) override {
    EXPECT_TRUE(committed.ok()) << committed;
    executor_->Submit(std::make_unique<CallOperation>(verb_, nullptr, answer_));
  }

 private:
  Executor* const executor_;
  const CallOperation::Verb verb_;
  Answer* const answer_;
};

// Waits for ever, and notifies when it is looked at after the end has begun.
class EndOperation : public WaitOperation {
 public:
  EndOperation(const std::atomic<bool>* begun, absl::Notification* seen,
               Answer* answer)
      : WaitOperation(absl::InfiniteDuration(), answer),
        begun_(begun),
        seen_(seen) {}
  bool abandoned() const override {
    if (*begun_ && !seen_->HasBeenNotified()) seen_->Notify();
    return false;
  }

 private:
  const std::atomic<bool>* const begun_;
  absl::Notification* const seen_;
};

TEST_F(ExecutorStallTest, AllIsAnsweredBeforeTheEnd) {
  HoldGroup();
  std::atomic<bool> begun = false;
  absl::Notification seen;
  Answer wait, more, barrier;
  executor_->Submit(std::make_unique<EndOperation>(&begun, &seen, &wait));
  executor_->Submit(std::make_unique<TwoStepOperation>(executor_.get(),
                                                       Register("b"), &more));
  Apply(Nothing, &barrier);
  begun = true;
  std::thread end([this] { executor_.reset(); });
  seen.WaitForNotification();
  store_.Release();
  end.join();
  ExpectHeld(absl::StatusCode::kOk);
  ASSERT_TRUE(wait.done.HasBeenNotified());
  EXPECT_EQ(wait.status.code(), absl::StatusCode::kUnavailable);
  ASSERT_TRUE(more.done.HasBeenNotified());
  EXPECT_TRUE(more.status.ok()) << more.status;
  EXPECT_TRUE(store_.HasOnDisk("workers/b"));
}

TEST_F(ExecutorStallTest, WhatFailsInTheEndIsAnswered) {
  store_.PlanFaults({MemoryStore::Fault::kRefuse});
  HoldGroup();
  Answer behind;
  Apply(Register("b"), &behind);
  std::thread end([this] { executor_.reset(); });
  store_.Release();
  end.join();
  ExpectHeld(absl::StatusCode::kUnavailable);
  ASSERT_TRUE(behind.done.HasBeenNotified());
  EXPECT_EQ(behind.status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(store_.commits(), 0);
}

// The line came when the disk had answered, where the executor's own thread
// waited for it.
TEST(ExecutorOverOneStepTest, TheLogSaysThatTheDiskStallsWhileItDoes) {
  AwaitedLog log;
  FakeClock clock;
  MemoryStore store;
  auto started =
      Executor::Start({.scheduler = {.store = &store,
                                     .clock = &clock,
                                     .lease_duration = absl::Seconds(1)},
                       .on_commit = {}});
  ASSERT_TRUE(started.ok()) << started.status();
  store.Hold();
  Answer answer;
  (*started)->Submit(std::make_unique<CallOperation>(
      ExecutorStagingTest::Register("a"), nullptr, &answer));
  store.AwaitHeld();
  clock.Advance(absl::Seconds(40));
  EXPECT_TRUE(log.Await("the database has not answered for 40s: "));
  EXPECT_EQ((*started)->load().disk_silence, absl::Seconds(40));
  EXPECT_FALSE(answer.done.HasBeenNotified());
  store.Release();
  answer.done.WaitForNotification();
  EXPECT_TRUE(answer.status.ok()) << answer.status;
  EXPECT_TRUE(log.Await("the database answers again, after 40s"));
}

// A store whose Stage is all of a commit, as that of PostgreSQL, may lose the
// lead while the commit before is yet to be answered.
TEST(ExecutorOverOneStepTest, WhatIsStoredIsAnsweredThoughTheNextIsRefused) {
  FakeClock clock;
  MemoryStore store;
  absl::Notification begun, go_on;
  std::atomic<int> told = 0;
  auto started =
      Executor::Start({.scheduler = {.store = &store,
                                     .clock = &clock,
                                     .lease_duration = kLease},
                       .on_commit = [&](const std::vector<Mutation>&) {
                         if (told++ > 0) return;
                         begun.Notify();
                         go_on.WaitForNotification();
                       }});
  ASSERT_TRUE(started.ok()) << started.status();
  Executor& executor = **started;
  const auto submit = [&](const std::string& name, Answer* answer,
                          absl::Notification* applied = nullptr) {
    executor.Submit(std::make_unique<CallOperation>(
        ExecutorStagingTest::Register(name), applied, answer));
  };
  OrderOperation::Shared shared;
  Answer first;
  executor.Submit(std::make_unique<OrderOperation>(
      "first", Executor::Operation::Urgency::kCall, &shared, &first));
  shared.begun.WaitForNotification();
  std::vector<Answer> stored(8);
  for (size_t i = 0; i < stored.size(); ++i) {
    submit(absl::StrCat("a", i), &stored[i]);
  }
  shared.go_on.Notify();
  begun.WaitForNotification();
  store.PlanFaults({MemoryStore::Fault::kRefuse});
  store.FailReads(true);
  Answer refused;
  absl::Notification applied;
  submit("b", &refused, &applied);
  applied.WaitForNotification();
  go_on.Notify();
  refused.done.WaitForNotification();
  EXPECT_EQ(refused.status.code(), absl::StatusCode::kUnavailable);
  for (Answer& answer : stored) {
    answer.done.WaitForNotification();
    EXPECT_TRUE(answer.status.ok()) << answer.status;
  }
  EXPECT_EQ(told, 1);
  store.FailReads(false);
  Answer again;
  submit("b", &again);
  again.done.WaitForNotification();
  EXPECT_TRUE(again.status.ok()) << again.status;
  EXPECT_EQ(told, 2);
}

}  // namespace
}  // namespace isoshape
