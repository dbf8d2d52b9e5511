// The agent when there is nothing to do: what it does with results of the one
// before it, when it is idle, and what it hands back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "common/net/request_process.h"
#include "tests/worker/agent_fixture.h"
#include "tests/worker/captured_log.h"
#include "worker/run/kept_results.h"

namespace isoshape {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

TEST_F(AgentTest, WhatAWorkerLeftIsReportedBeforeAnythingIsLeased) {
  const TempFolder folder;
  options_.results = folder.path();
  auto completion = For<v1::CompleteTrialRequest>(coordinator_.Grant(kTrial));
  completion.set_state(v1::Trial::SUCCEEDED);
  auto stale =
      For<v1::CompleteTrialRequest>(coordinator_.Grant("campaigns/c/trials/2"));
  stale.set_state(v1::Trial::SUCCEEDED);
  coordinator_.Grant("campaigns/c/trials/2");  // to another worker
  {
    ResultKeeper keeper(options_.results, options_.server);
    EXPECT_TRUE(keeper.Keep(completion, {}).is_kept());
    EXPECT_TRUE(keeper.Keep(stale, {}).is_kept());
  }
  Start();
  EXPECT_EQ(DrainWhenIdle(), absl::OkStatus());
  EXPECT_EQ(Completed(), v1::Trial::SUCCEEDED);
  EXPECT_EQ(Completed("campaigns/c/trials/2"), v1::Trial::STATE_UNSPECIFIED);
  // Each was sent once, and is of no use any more.
  EXPECT_THAT(coordinator_.CallsOf("Complete"), SizeIs(2));
  EXPECT_TRUE(std::filesystem::is_empty(options_.results));
}

TEST_F(AgentTest, WhatAWorkerLeftIsReportedAlsoIfNoTrainerStarts) {
  const TempFolder folder;
  options_.results = folder.path();
  KeepOne();
  slot_trainer_->start_status = absl::NotFoundError("no such program");
  Start();
  EXPECT_EQ(End().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(Completed(), v1::Trial::SUCCEEDED);
  EXPECT_TRUE(std::filesystem::is_empty(options_.results));
}

TEST_F(AgentTest, WhatAWorkerLeftStaysIfItIsRefused) {
  ExpectToStay(absl::InvalidArgumentError("no good"));
}

TEST_F(AgentTest, WhatAWorkerLeftHoldsNothingUpIfTheTokenIsRefused) {
  ExpectToStay(absl::PermissionDeniedError("revoked"));
}

TEST_F(AgentTest, OneThatIsIdleForLongEndsAlsoWithResultsThatNobodyTakes) {
  const TempFolder folder;
  options_.results = folder.path();
  options_.exit_when_idle = absl::Seconds(90);
  KeepOne();
  coordinator_.away = absl::UnavailableError("away");
  Start();
  EXPECT_EQ(End(), absl::OkStatus());
  EXPECT_GE(clock_.Elapsed(), absl::Seconds(90));
  EXPECT_LT(clock_.Elapsed(), absl::Seconds(100));
  EXPECT_FALSE(std::filesystem::is_empty(options_.results));
}

TEST_F(AgentTest, OneThatIsIdleForLongEnds) {
  options_.exit_when_idle = absl::Seconds(90);
  coordinator_.lease_answers = {std::vector<std::string>{kTrial}};
  coordinator_.idle_answer.emplace();
  Start();
  EXPECT_EQ(End(), absl::OkStatus());
  EXPECT_EQ(Completed(), v1::Trial::SUCCEEDED);
  EXPECT_FALSE(agent_->work_left());
  EXPECT_GE(clock_.Elapsed(), absl::Seconds(90));
  EXPECT_LT(clock_.Elapsed(), absl::Seconds(150));
}

TEST_F(AgentTest, OneThatEndsSaysThatItLeavesWhenItHasHandedAllBack) {
  coordinator_.granted_unseen = {kTrial};
  Start();
  EXPECT_EQ(DrainWhenIdle(), absl::OkStatus());
  EXPECT_TRUE(coordinator_.trials[kTrial].release.has_value());
  ASSERT_THAT(coordinator_.left, SizeIs(1));
  EXPECT_EQ(coordinator_.left[0].name(), "workers/w");
  EXPECT_EQ(ProcessOfRequest(coordinator_.left[0].request_id()),
            ProcessOfRequest(coordinator_.registered[0].request_id()));
}

TEST_F(AgentTest, OneThatHasNotRegisteredDoesNotLeave) {
  slot_trainer_->start_status = absl::NotFoundError("no such program");
  Start();
  EXPECT_EQ(End().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(coordinator_.left, IsEmpty());
}

TEST_F(AgentTest, ACoordinatorThatIsAwayIsToldForASecondAtMost) {
  Start();
  coordinator_.waits.WaitForNotification();
  coordinator_.away = absl::UnavailableError("away");
  coordinator_.call_takes = absl::Hours(1);
  coordinator_.replays = {absl::CancelledError()};
  const absl::Duration begin = clock_.Elapsed();
  agent_->Drain();
  EXPECT_EQ(End(), absl::OkStatus());
  ASSERT_THAT(coordinator_.left, SizeIs(1));
  EXPECT_LE(clock_.Elapsed() - begin, absl::Seconds(2));
}

TEST_F(AgentTest, ItIsIdleFromTheEndOfWhatItTrained) {
  options_.exit_when_idle = absl::Seconds(90);
  coordinator_.lease_answers = {std::vector<std::string>{},
                                std::vector<std::string>{kTrial}};
  coordinator_.idle_answer.emplace();
  slot_trainer_->on_begin = [this](const std::vector<std::string>& runs) {
    for (int minute = 1; minute < 10; ++minute) {
      clock_.After(absl::Minutes(minute), [this, runs] {
        slot_trainer_->Say(HeartbeatLine(runs[0]));
      });
    }
    clock_.After(absl::Minutes(10),
                 [this, runs] { slot_trainer_->Say(SuccessLine(runs[0])); });
  };
  options_.trainer_timeout = absl::Minutes(5);
  Start();
  EXPECT_EQ(End(), absl::OkStatus());
  EXPECT_EQ(Completed(), v1::Trial::SUCCEEDED);
  EXPECT_GE(clock_.Elapsed(), absl::Minutes(10) + absl::Seconds(90));
}

// Slurm and systemd signal a whole group of processes at once.
TEST_F(AgentTest, ATrainerThatASignalTakesBeforeItIsReadyIsNoFailure) {
  slot_trainer_->ready_after = absl::Seconds(30);
  clock_.At(absl::Seconds(12),
            [&] { slot_trainer_->Die("it ended by signal 15"); });
  absl::Notification started;  // agent_ is there
  clock_.At(absl::Milliseconds(12800), [&] {
    started.WaitForNotification();
    agent_->Drain();
  });
  Start();
  started.Notify();
  EXPECT_EQ(End(), absl::OkStatus());
  EXPECT_TRUE(agent_->work_left());
}

TEST_F(AgentTest, OneThatNeverReachedACoordinatorLeavesWork) {
  coordinator_.away = absl::UnavailableError("away");
  Start();
  agent_->Drain();
  EXPECT_EQ(End(), absl::OkStatus());
  EXPECT_TRUE(agent_->work_left());
}

TEST_F(AgentTest, TimeWithoutACoordinatorIsIdleTime) {
  options_.exit_when_idle = absl::Seconds(90);
  coordinator_.away = absl::UnavailableError("away");
  Start();
  EXPECT_EQ(End(), absl::OkStatus());
  EXPECT_TRUE(agent_->work_left());
  EXPECT_THAT(coordinator_.asked, IsEmpty());
  EXPECT_GE(clock_.Elapsed(), absl::Seconds(90));
  EXPECT_LT(clock_.Elapsed(), absl::Seconds(100));
}

TEST_F(AgentTest, TimeAfterItsCoordinatorWentAwayIsIdleTime) {
  options_.exit_when_idle = absl::Seconds(90);
  coordinator_.lease_answers.resize(1000, absl::UnavailableError("away"));
  coordinator_.granted_unseen = {kTrial};
  Start();
  EXPECT_EQ(End(), absl::OkStatus());
  EXPECT_EQ(Released(), "the worker is shutting down");
  EXPECT_TRUE(agent_->work_left());
  EXPECT_GE(clock_.Elapsed(), absl::Seconds(90));
  EXPECT_LT(clock_.Elapsed(), absl::Seconds(100));
}

TEST_F(AgentTest, WhatACutOffLeaseCallWasGrantedIsHandedBack) {
  coordinator_.granted_unseen = {kTrial};
  Start();
  EXPECT_EQ(DrainWhenIdle(), absl::OkStatus());
  EXPECT_EQ(Released(), "the worker is shutting down");
  EXPECT_FALSE(ReleasedAsLost());
}

// Of the exit status: what is left is for workers that may go on, and one that
// was told to drain is not to be started again.
TEST_F(AgentTest, WhetherThereIsWorkLeftIsSaidByTheReplayToo) {
  coordinator_.granted_unseen = {kTrial};
  coordinator_.replay.set_drain(true);
  coordinator_.replay.set_work_left(true);
  Start();
  EXPECT_EQ(DrainWhenIdle(), absl::OkStatus());
  EXPECT_EQ(Released(), "the worker is shutting down");
  EXPECT_FALSE(agent_->work_left());
}

TEST_F(AgentTest, AReplayThatGrantsNothingAndHasNothingLeavesNoWork) {
  Start();
  EXPECT_EQ(DrainWhenIdle(), absl::OkStatus());
  EXPECT_FALSE(agent_->work_left());
}

// As by a standby, and by a coordinator that has much else to do.
TEST_F(AgentTest, WhatItWasGrantedIsAskedForUntilItIsAnswered) {
  coordinator_.granted_unseen = {kTrial};
  coordinator_.replays = {absl::UnavailableError("this one is a standby"),
                          absl::ResourceExhaustedError("256 calls"),
                          absl::DeadlineExceededError("")};
  Start();
  EXPECT_EQ(DrainWhenIdle(), absl::OkStatus());
  EXPECT_EQ(Released(), "the worker is shutting down");
  EXPECT_TRUE(coordinator_.replays.empty());
}

// The machine of the first one is gone, and the next has taken over.
TEST_F(AgentTest, WhatItWasGrantedIsAskedOfTheNextIfOneDoesNotAnswer) {
  coordinator_.granted_unseen = {kTrial};
  coordinator_.silent_before = 1;
  Start();
  const absl::Duration begin = clock_.Elapsed();
  EXPECT_EQ(DrainWhenIdle(), absl::OkStatus());
  EXPECT_EQ(Released(), "the worker is shutting down");
  EXPECT_LT(clock_.Elapsed() - begin, absl::Seconds(4));
}

// Else it might be granted what its own slots have just handed back.
TEST_F(AgentTest, WhatItWasGrantedIsAskedForBeforeItsSlotsHandBackTheirs) {
  const CapturedLog log;
  coordinator_.granted_unseen = {kTrial};
  coordinator_.replays = {absl::DeadlineExceededError("")};
  int asked = 0;
  coordinator_.on_replay = [&] {
    if (++asked > 1) return;
    EXPECT_EQ(log.Count("handing trials back"), 0);
  };
  Start();
  EXPECT_EQ(DrainWhenIdle(), absl::OkStatus());
  EXPECT_EQ(asked, 2);
  EXPECT_EQ(log.Count("handing trials back"), 1);
}

class ManyLeasesTest : public AgentTest {
 protected:
  static constexpr int kLeases = 64;
  ManyLeasesTest() {
    for (int trial = 1; trial <= kLeases; ++trial) {
      coordinator_.granted_unseen.push_back(NameOf(trial));
    }
  }
  static std::string NameOf(int trial) {
    return absl::StrCat("campaigns/c1/trials/", trial);
  }
  // Expects the end to come within the time of one call, and what could not be
  // handed back to be told in one line.
  void ExpectHandedBack(int count) {
    const CapturedLog log;
    Start();
    const absl::Duration begin = clock_.Elapsed();
    EXPECT_EQ(DrainWhenIdle(), absl::OkStatus());
    EXPECT_LT(clock_.Elapsed() - begin, absl::Seconds(10));
    int released = 0;
    for (int trial = 1; trial <= kLeases; ++trial) {
      released += coordinator_.trials[NameOf(trial)].release ? 1 : 0;
    }
    EXPECT_EQ(released, count);
    EXPECT_EQ(log.Count("could not be handed back"), count < kLeases ? 1 : 0);
    EXPECT_EQ(log.Count(absl::StrCat(kLeases - count, " of 64 leases could")),
              count < kLeases ? 1 : 0)
        << log.text();
  }
};

TEST_F(ManyLeasesTest, AreHandedBackWithinTheTimeOfOne) {
  ExpectHandedBack(kLeases);
}

TEST_F(ManyLeasesTest, OfWhichSomeAreNotAnsweredDoNotTakeTheTimeOfTheOthers) {
  coordinator_.unanswered = {NameOf(1), NameOf(2), NameOf(40)};
  ExpectHandedBack(kLeases - 3);
}

TEST_F(ManyLeasesTest, AreSentAgainIfTheirAnswersAreLost) {
  coordinator_.answers_lost = 10;
  ExpectHandedBack(kLeases);
}

TEST_F(ManyLeasesTest, AreGivenUpTogetherIfNobodyAnswers) {
  coordinator_.on_replay = [this] {
    coordinator_.away = absl::UnavailableError("away");
  };
  ExpectHandedBack(0);
}

TEST_F(AgentTest, WhoCannotAskForWhatItWasGrantedEndsAllTheSame) {
  coordinator_.replays.resize(1000, absl::UnavailableError("away"));
  Start();
  const absl::Duration begin = clock_.Elapsed();
  EXPECT_EQ(DrainWhenIdle(), absl::OkStatus());
  EXPECT_LT(clock_.Elapsed() - begin, absl::Seconds(5));
  EXPECT_TRUE(agent_->work_left());
}

}  // namespace
}  // namespace isoshape
