#include "coordinator/scheduler/executor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "common/status/retry_after.h"
#include "tests/coordinator/scheduler/executor_fixture.h"

namespace isoshape {
namespace {

TEST_F(ExecutorTest, AnAnswerFollowsItsCommit) {
  store_.Hold();
  Answer answer;
  Create("a", &answer);
  store_.AwaitHeld();
  EXPECT_FALSE(answer.done.HasBeenNotified());
  store_.Release();
  answer.done.WaitForNotification();
  EXPECT_TRUE(answer.status.ok());
  EXPECT_TRUE(store_.GetCampaign("campaigns/a").ok());
}

TEST_F(ExecutorTest, WhatArrivesDuringACommitSharesTheNextOne) {
  store_.Hold();
  Answer first;
  Create("a", &first);
  store_.AwaitHeld();
  std::vector<Answer> answers(20);
  for (int i = 0; i < 20; ++i) Create(absl::StrCat("b", i), &answers[i]);
  store_.Release();
  for (Answer& answer : answers) {
    answer.done.WaitForNotification();
    EXPECT_TRUE(answer.status.ok());
  }
  EXPECT_EQ(store_.commits(), 2);
}

TEST_F(ExecutorTest, WhereACommitFailsAllOfItsGroupIsToldAndNothingIsKept) {
  store_.Hold();
  Answer first;
  Create("a", &first);
  store_.AwaitHeld();
  store_.PlanFaults({MemoryStore::Fault::kNone, MemoryStore::Fault::kRefuse});
  std::vector<Answer> answers(3);
  for (int i = 0; i < 3; ++i) Create(absl::StrCat("b", i), &answers[i]);
  store_.Release();
  for (Answer& answer : answers) {
    answer.done.WaitForNotification();
    EXPECT_EQ(answer.status.code(), absl::StatusCode::kUnavailable);
  }
  EXPECT_TRUE(first.status.ok());
  // The ids are free: the scheduler holds nothing that is not stored.
  EXPECT_TRUE(CreateAndWait("b0").ok());
  EXPECT_EQ(CreateAndWait("a").code(), absl::StatusCode::kAlreadyExists);
}

TEST_F(ExecutorTest, WhoWaitsUponItsOwnChangeIsToldThatItIsNotStored) {
  store_.PlanFaults({MemoryStore::Fault::kRefuse});
  Answer create;
  executor_->Submit(std::make_unique<CreateAndWaitOperation>("a", &create));
  create.done.WaitForNotification();
  EXPECT_EQ(create.status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(create.status.message()),
              testing::HasSubstr("send it again with the same request_id"));
  EXPECT_TRUE(CreateAndWait("a").ok());
}

TEST_F(ExecutorTest, ACommitThatHappenedThoughItReportedFailureIsFound) {
  store_.PlanFaults({MemoryStore::Fault::kApplyAndReport});
  EXPECT_EQ(CreateAndWait("a").code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(CreateAndWait("a").code(), absl::StatusCode::kAlreadyExists);
}

TEST_F(ExecutorTest, AStoreThatCannotBeReadIsAskedAgainLater) {
  store_.PlanFaults({MemoryStore::Fault::kRefuse});
  store_.FailReads(true);
  EXPECT_EQ(CreateAndWait("a").code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(CreateAndWait("a").code(), absl::StatusCode::kUnavailable);
  store_.FailReads(false);
  EXPECT_TRUE(CreateAndWait("a").ok());
}

TEST_F(ExecutorTest, WhoWaitsIsAnsweredAsSoonAsThereIsSomething) {
  Answer wait;
  executor_->Submit(std::make_unique<WaitOperation>(
      clock_.Elapsed() + absl::Seconds(10), &wait));
  EXPECT_TRUE(CreateAndWait("a").ok());
  wait.done.WaitForNotification();
  EXPECT_TRUE(wait.status.ok()) << wait.status;
}

TEST_F(ExecutorTest, WhoWaitsIsNotAskedAgainWithoutNewOffers) {
  Answer wait;
  executor_->Submit(std::make_unique<WaitOperation>(
      clock_.Elapsed() + absl::Seconds(10), &wait));
  // None of these offers anything: the id is taken.
  EXPECT_TRUE(CreateAndWait("a").ok());
  wait.done.WaitForNotification();
  Answer idle;
  // Leases the other two first trials, then waits.
  for (int i = 0; i < 2; ++i) {
    Answer lease;
    executor_->Submit(std::make_unique<WaitOperation>(
        clock_.Elapsed() + absl::Seconds(10), &lease));
    lease.done.WaitForNotification();
  }
  executor_->Submit(std::make_unique<WaitOperation>(
      clock_.Elapsed() + absl::Seconds(10), &idle));
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(CreateAndWait("a").code(), absl::StatusCode::kAlreadyExists);
  }
  executor_->EndWaits();
  idle.done.WaitForNotification();
  EXPECT_EQ(idle.applied, 1);
}

TEST_F(ExecutorTest, AWaitEndsWithItsDeadline) {
  Answer wait;
  executor_->Submit(std::make_unique<WaitOperation>(
      clock_.Elapsed() + absl::Seconds(10), &wait));
  EXPECT_EQ(CreateAndWait("no id").code(), absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(wait.done.HasBeenNotified());
  clock_.Advance(absl::Seconds(10));
  executor_->Poke();
  wait.done.WaitForNotification();
  EXPECT_EQ(wait.status.code(), absl::StatusCode::kNotFound);
}

// Nobody tells the executor that a client has gone.
TEST_F(ExecutorTest, AWaitEndsSoonAfterItsClientHasGone) {
  Answer wait;
  auto gone = std::make_shared<std::atomic<bool>>(false);
  executor_->Submit(
      std::make_unique<WaitOperation>(absl::InfiniteDuration(), &wait, gone));
  EXPECT_EQ(CreateAndWait("no id").code(), absl::StatusCode::kInvalidArgument);
  const int applied = wait.applied;
  *gone = true;
  clock_.Advance(absl::Seconds(1));
  wait.done.WaitForNotification();
  EXPECT_EQ(wait.applied, applied);
}

TEST_F(ExecutorTest, ALeaseThatEndsIsGivenToWhoWaits) {
  EXPECT_TRUE(CreateAndWait("a").ok());
  for (int i = 0; i < 3; ++i) {
    Answer lease;
    executor_->Submit(std::make_unique<WaitOperation>(
        clock_.Elapsed() + absl::Seconds(10), &lease));
    lease.done.WaitForNotification();
  }
  Answer wait;
  executor_->Submit(std::make_unique<WaitOperation>(
      clock_.Elapsed() + absl::Hours(1), &wait));
  EXPECT_EQ(CreateAndWait("a").code(), absl::StatusCode::kAlreadyExists);
  EXPECT_FALSE(wait.done.HasBeenNotified());
  clock_.Advance(kLease);
  executor_->Poke();
  wait.done.WaitForNotification();
  EXPECT_TRUE(wait.status.ok()) << wait.status;
}

TEST_F(ExecutorTest, NothingIsGrantedToAClientThatIsGone) {
  auto gone = std::make_shared<std::atomic<bool>>(false);
  Answer wait;
  executor_->Submit(std::make_unique<WaitOperation>(
      clock_.Elapsed() + absl::Seconds(10), &wait, gone));
  EXPECT_EQ(CreateAndWait("no id").code(), absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(wait.done.HasBeenNotified());
  const int applied = wait.applied;
  *gone = true;
  EXPECT_TRUE(CreateAndWait("a").ok());
  wait.done.WaitForNotification();
  EXPECT_EQ(wait.applied, applied);
  EXPECT_EQ(store_.GetCampaign("campaigns/a")->trial_counts().leased(), 0);
}

TEST_F(ExecutorTest, WhatFindsTooManyBeforeItIsRefusedAndHeartbeatsGoFirst) {
  using Urgency = Executor::Operation::Urgency;
  OrderOperation::Shared shared;
  std::vector<std::unique_ptr<Answer>> answers;
  const auto submit = [&](const std::string& name, Urgency urgency) -> Answer& {
    answers.push_back(std::make_unique<Answer>());
    executor_->Submit(std::make_unique<OrderOperation>(name, urgency, &shared,
                                                       answers.back().get()));
    return *answers.back();
  };
  submit("first", Urgency::kCall);
  shared.begun.WaitForNotification();
  for (int i = 0; i < 32; ++i) submit("call", Urgency::kCall);
  const Answer& refused = submit("refused", Urgency::kCall);
  ASSERT_TRUE(refused.done.HasBeenNotified());
  EXPECT_EQ(refused.status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_GE(RetryAfter(refused.status), absl::Seconds(1));
  EXPECT_THAT(std::string(refused.status.message()),
              testing::HasSubstr("has 32 calls to answer before"));
  for (int i = 0; i < 128; ++i) submit("lease", Urgency::kLease);
  EXPECT_THAT(submit("lease", Urgency::kLease).status.ToString(),
              testing::AllOf(testing::HasSubstr("RESOURCE_EXHAUSTED"),
                             testing::HasSubstr("has 128 calls")));
  submit("own", Urgency::kOwn);  // is not
  for (int i = 0; i < 128; ++i) submit("heartbeat", Urgency::kHeartbeat);
  EXPECT_EQ(submit("heartbeat", Urgency::kHeartbeat).status.code(),
            absl::StatusCode::kResourceExhausted);
  shared.go_on.Notify();
  for (const auto& answer : answers) answer->done.WaitForNotification();
  std::vector<std::string> expected = {"first"};
  expected.insert(expected.end(), 128, "heartbeat");
  expected.insert(expected.end(), 32, "call");
  expected.emplace_back("own");
  expected.insert(expected.end(), 128, "lease");
  absl::MutexLock lock(&shared.mutex);
  EXPECT_EQ(shared.applied, expected);
}

// But not if those wait that ask for work.
TEST_F(ExecutorTest, CallsThatWaitMakeHeartbeatsRarer) {
  using Urgency = Executor::Operation::Urgency;
  EXPECT_EQ(executor_->load().heartbeat_interval, kLease / 3);
  // Two groups, one after the other, that have waited for a second.
  const auto after_waits_of = [&](Urgency urgency) {
    std::vector<OrderOperation::Shared> held(2);
    std::vector<Answer> answers(3);
    for (size_t i = 0; i < 3; ++i) {
      executor_->Submit(std::make_unique<OrderOperation>(
          i < 2 ? "first" : "last", urgency, &held[std::min<size_t>(i, 1)],
          &answers[i]));
      if (i == 0) {
        held[0].begun.WaitForNotification();
        continue;
      }
      clock_.Advance(absl::Seconds(1));
      held[i - 1].go_on.Notify();
      if (i == 1) held[1].begun.WaitForNotification();
    }
    for (Answer& answer : answers) answer.done.WaitForNotification();
    return executor_->load().heartbeat_interval;
  };
  EXPECT_EQ(after_waits_of(Urgency::kLease), kLease / 3);
  EXPECT_EQ(after_waits_of(Urgency::kHeartbeat), 2 * kLease / 3);
}

// A stale lease of before a database was put back, whose clock is behind.
TEST_F(ExecutorTest, AStoreThatIsPutBackGivesNoTokenAgain) {
  const auto token_of_a_grant = [&](const std::string& name) {
    Answer lease;
    executor_->Submit(std::make_unique<WaitOperation>(
        clock_.Elapsed() + absl::Seconds(10), &lease));
    lease.done.WaitForNotification();
    EXPECT_EQ(lease.status, absl::OkStatus());
    return store_.GetTrial(name)->fencing_token();
  };
  EXPECT_TRUE(CreateAndWait("a").ok());
  const std::string first = "campaigns/a/trials/1";
  const std::string second = "campaigns/a/trials/2";
  const int64_t before = token_of_a_grant(first);
  const MemoryStore::Data backup = *data_;
  const int64_t forgotten = token_of_a_grant(second);
  EXPECT_EQ(forgotten, before + 1);
  executor_.reset();
  *data_ = backup;
  clock_.Set(clock_.Now() - absl::Hours(48));
  Start();
  // A commit that fails is no start: what was drawn holds.
  const auto fail = [&] {
    store_.PlanFaults({MemoryStore::Fault::kRefuse});
    EXPECT_EQ(CreateAndWait("b").code(), absl::StatusCode::kUnavailable);
  };
  fail();
  const int64_t jumped = token_of_a_grant(second);
  EXPECT_GE(jumped, before + (int64_t{1} << 39));
  fail();
  EXPECT_EQ(token_of_a_grant("campaigns/a/trials/3"), jumped + 1);
}

TEST_F(ExecutorTest, StoppingAnswersEverythingThatWasSubmitted) {
  std::vector<Answer> answers(10);
  Answer wait;
  store_.Hold();
  executor_->Submit(std::make_unique<WaitOperation>(
      clock_.Elapsed() + absl::Hours(1), &wait));
  store_.AwaitHeld();
  for (int i = 0; i < 10; ++i) {
    // Nothing to lease: no campaign is made, the ids are malformed.
    Create("no id", &answers[i]);
  }
  store_.Release();
  executor_.reset();
  for (Answer& answer : answers) {
    ASSERT_TRUE(answer.done.HasBeenNotified());
    EXPECT_EQ(answer.status.code(), absl::StatusCode::kInvalidArgument);
  }
  ASSERT_TRUE(wait.done.HasBeenNotified());
  EXPECT_EQ(wait.status.code(), absl::StatusCode::kUnavailable);
}

TEST_F(ExecutorTest, APreparationHoldsUpNobody) {
  absl::Notification go_on, ended;
  ASSERT_TRUE(executor_->Prepare([&] {
    go_on.WaitForNotification();
    ended.Notify();
  }));
  Answer answer;
  executor_->Submit(std::make_unique<CreateOperation>("beside", &answer));
  answer.done.WaitForNotification();
  EXPECT_EQ(answer.status, absl::OkStatus());
  EXPECT_FALSE(ended.HasBeenNotified());
  // Those that wait are bounded.
  int taken = 1;
  while (taken < 1000 && executor_->Prepare([] {})) ++taken;
  EXPECT_EQ(taken, 64);
  go_on.Notify();
  ended.WaitForNotification();
}

}  // namespace
}  // namespace isoshape
