// The next group is applied while a commit is brought to the disk.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/coordinator/scheduler/executor_staging_fixture.h"

namespace isoshape {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using Fault = MemoryStore::Fault;

TEST_F(ExecutorStagingTest, TheNextIsAppliedWhileACommitIsFinished) {
  HoldGroup();
  Answer next;
  Apply(Nothing, &next);
  // It changes nothing, and waits for those before it all the same.
  EXPECT_FALSE(next.done.HasBeenNotified());
  EXPECT_FALSE(store_.HasOnDisk("workers/a0"));
  EXPECT_THAT(told(), IsEmpty());
  EXPECT_TRUE(AreQueued(kGroup + 1));
  store_.Release();
  next.done.WaitForNotification();
  EXPECT_TRUE(next.status.ok());
  ExpectHeld(absl::StatusCode::kOk);
  EXPECT_EQ(executor_->load().queued, 0);
  EXPECT_THAT(told(), SizeIs(kGroup));
}

TEST_F(ExecutorStagingTest, WhatIsBehindACommitThatFailsFailsWithIt) {
  store_.PlanFaults({Fault::kRefuse});
  HoldGroup();
  std::vector<Answer> behind(3);
  Apply(Register("b"), &behind[0]);
  Apply(Nothing, &behind[1]);
  Apply(Register("c"), &behind[2]);
  store_.Release();
  ExpectHeld(absl::StatusCode::kUnavailable);
  for (Answer& answer : behind) {
    answer.done.WaitForNotification();
    EXPECT_EQ(answer.status.code(), absl::StatusCode::kUnavailable);
    EXPECT_THAT(std::string(answer.status.message()),
                testing::HasSubstr(&answer == &behind[1]
                                       ? "ask again"
                                       : "send it again with the same "
                                         "request_id"));
  }
  EXPECT_EQ(store_.commits(), 0);
  EXPECT_THAT(told(), IsEmpty());
  EXPECT_TRUE(CallAndWait(Register("c")).ok());
  EXPECT_TRUE(CallAndWait(Register("b")).ok());
  EXPECT_THAT(told(), ElementsAre("workers/c", "workers/b"));
  EXPECT_FALSE(store_.HasOnDisk("workers/a0"));
}

TEST_F(ExecutorStagingTest, WhatIsBeforeACommitThatCannotBeStagedSucceeds) {
  HoldGroup();
  store_.RefuseStages(absl::UnavailableError("not now"));
  Answer behind;
  Apply(Register("b"), &behind);
  store_.Release();
  behind.done.WaitForNotification();
  EXPECT_EQ(behind.status.code(), absl::StatusCode::kUnavailable);
  ExpectHeld(absl::StatusCode::kOk);
  EXPECT_THAT(told(), SizeIs(kGroup));
  EXPECT_FALSE(store_.HasOnDisk("workers/b"));
  store_.RefuseStages(absl::OkStatus());
  EXPECT_TRUE(CallAndWait(Register("b")).ok());
  EXPECT_TRUE(store_.HasOnDisk("workers/b"));
}

TEST_F(ExecutorStagingTest, WhatChangesNothingAsksNothingOfTheDisk) {
  store_.RefuseFinishes(absl::DataLossError("the file was moved"));
  EXPECT_EQ(CallAndWait(Nothing), absl::OkStatus());
  EXPECT_EQ(CallAndWait(Register("a")).code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(CallAndWait(Nothing), absl::OkStatus());
  store_.RefuseFinishes(absl::OkStatus());
  EXPECT_EQ(CallAndWait(Register("a")), absl::OkStatus());
}

TEST_F(ExecutorStagingTest, CommitsAreToldOnceEachInTheirOrder) {
  constexpr int kCalls = 300;
  std::vector<std::string> names;
  std::vector<Answer> answers(kCalls);
  for (int i = 0; i < kCalls; ++i) {
    names.push_back(absl::StrCat("workers/w", i));
    const auto verb = Register(absl::StrCat("w", i));
    // Groups of one, which the executor may answer itself, and of several.
    if (i % 7 == 0) {
      Apply(verb, &answers[i]);
    } else {
      Call(verb, &answers[i]);
    }
  }
  for (Answer& answer : answers) answer.done.WaitForNotification();
  std::vector<std::string> told = this->told();
  // Those of one commit are by name.
  EXPECT_THAT(told, testing::UnorderedElementsAreArray(names));
  EXPECT_EQ(order_of_commits(), told);
}

// Changes something, and then waits for ever.
class ChangeAndWaitOperation : public CallOperation {
 public:
  using CallOperation::CallOperation;
  bool Apply(Scheduler& scheduler) override {
    if (!applied_) CallOperation::Apply(scheduler);
    applied_ = true;
    return false;
  }
  absl::Duration deadline() const override { return absl::InfiniteDuration(); }
  bool has_changed() const override { return applied_; }

 private:
  bool applied_ = false;
};

// A call that was begun before a commit failed, and waits.
TEST_F(ExecutorStagingTest, WhoWaitsUponAChangeThatCannotBeFinishedIsTold) {
  store_.PlanFaults({Fault::kRefuse});
  HoldGroup();
  Answer change, wait, barrier;
  executor_->Submit(std::make_unique<ChangeAndWaitOperation>(Register("b"),
                                                             nullptr, &change));
  executor_->Submit(std::make_unique<WaitOperation>(
      clock_.Elapsed() + absl::Hours(1), &wait));
  Apply(Nothing, &barrier);
  store_.Release();
  change.done.WaitForNotification();
  EXPECT_EQ(change.status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(change.status.message()),
              testing::HasSubstr("send it again with the same request_id"));
  ExpectHeld(absl::StatusCode::kUnavailable);
  EXPECT_FALSE(wait.done.HasBeenNotified());
  // Who waits for work goes on, and is given what there is then.
  Answer again;
  executor_->Submit(std::make_unique<CreateOperation>("a", &again));
  again.done.WaitForNotification();
  EXPECT_TRUE(again.status.ok()) << again.status;
  wait.done.WaitForNotification();
  EXPECT_TRUE(wait.status.ok()) << wait.status;
}

struct ResentCase {
  std::string name;
  // Of the group's commit, and of the one of the request behind it.
  std::deque<Fault> faults;
  absl::StatusCode held;
  absl::StatusCode sent;
};

class ResentRequestTest : public ExecutorStagingTest,
                          public testing::WithParamInterface<ResentCase> {};

// Sent again before the disk has answered, and after that, however it ended.
TEST_P(ResentRequestTest, IsDoneOnce) {
  v1::CreateCampaignRequest request;
  *request.mutable_campaign() = SmallCampaign();
  request.set_request_id("r");
  std::vector<std::string> names;  // that were answered, on its thread
  const auto create = [&](Scheduler& scheduler) {
    const auto created = scheduler.CreateCampaign(request);
    if (created.ok()) names.push_back(created->name());
    return created.status();
  };
  store_.PlanFaults(GetParam().faults);
  HoldGroup();
  Answer sent, again;
  Apply(create, &sent);
  Apply(create, &again);
  store_.Release();
  for (Answer* answer : {&sent, &again}) {
    answer->done.WaitForNotification();
    EXPECT_EQ(answer->status.code(), GetParam().sent);
  }
  ExpectHeld(GetParam().held);
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(CallAndWait(create).ok());
  EXPECT_THAT(names, SizeIs(4));
  EXPECT_THAT(names, testing::Each("campaigns/c1"));
  EXPECT_THAT(*store_.ListCampaigns({}), SizeIs(1));
}

constexpr auto kOk = absl::StatusCode::kOk;
constexpr auto kUnavailable = absl::StatusCode::kUnavailable;

INSTANTIATE_TEST_SUITE_P(
    Outcomes, ResentRequestTest,
    testing::Values(ResentCase{"Stored", {}, kOk, kOk},
                    ResentCase{"NotStored",
                               {Fault::kNone, Fault::kRefuse},
                               kOk,
                               kUnavailable},
                    ResentCase{"StoredAfterAll",
                               {Fault::kNone, Fault::kApplyAndReport},
                               kOk,
                               kUnavailable},
                    ResentCase{"BehindOneThatWasNot",
                               {Fault::kRefuse},
                               kUnavailable,
                               kUnavailable}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace isoshape
