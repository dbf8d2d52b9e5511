// The agent between a coordinator, a trainer and a clock of the test's own: how
// it registers, leases, and hands back what it does not train.
#include "worker/agent.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/channel.h"
#include "common/request_process.h"
#include "messages/lease_request.h"
#include "tests/temp_folder.h"
#include "tests/worker/captured_log.h"
#include "tests/worker/run/run_fixture.h"
#include "worker/coordinator/backoff.h"
#include "worker/run/kept_results.h"

namespace isoshape {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// One slot, so that one thread at a time uses the fakes: the agent's until it
// has assigned a trial, the slot's until it is free again. The test reads them
// when the agent has ended.
class AgentTest : public RunTest {
 protected:
  AgentTest() {
    options_.id = "w";
    options_.device = "cpu";
    options_.slots = 1;
    options_.data = {{"text", "/dev/null"}};
    auto trainer = std::make_unique<FakeTrainer>(&clock_);
    slot_trainer_ = trainer.get();
    slot_trainer_->on_begin = [this](const std::vector<std::string>& runs) {
      slot_trainer_->Say(SuccessLine(runs[0]));
      data_path_ = slot_trainer_->data_path;
    };
    owned_ = std::move(trainer);
  }
  // In the folder of results, as a worker that has ended left it.
  void KeepOne() {
    auto completion = For<v1::CompleteTrialRequest>(coordinator_.Grant(kTrial));
    completion.set_state(v1::Trial::SUCCEEDED);
    ResultKeeper keeper(options_.results, options_.server);
    EXPECT_TRUE(keeper.Keep(completion, {}).is_kept());
  }
  // What a worker left, if this is what comes of it.
  void ExpectToStay(const absl::Status& refusal) {
    const CapturedLog log;
    const TempFolder folder;
    options_.results = folder.path();
    KeepOne();
    coordinator_.refused["Complete"] = refusal;
    Start();
    EXPECT_EQ(DrainWhenIdle(), absl::OkStatus());
    EXPECT_THAT(coordinator_.CallsOf("Complete"), SizeIs(1));
    EXPECT_THAT(ResultKeeper(folder.path(), options_.server).TakeLeft(),
                SizeIs(1));
    EXPECT_EQ(log.Count("because the coordinator refuses it"), 1);
  }
  void Start() {
    agent_ =
        Agent::Start(options_, &clock_, &coordinator_,
                     [this](const ChildCommand&) { return std::move(owned_); });
  }
  absl::Status End() {
    while (!agent_->WaitForEnd(absl::Minutes(1))) {
    }
    return agent_->status();
  }
  // Drains the agent when its slot is free and it waits for leases.
  absl::Status DrainWhenIdle() {
    coordinator_.waits.WaitForNotification();
    agent_->Drain();
    return End();
  }

  WorkerOptions options_;
  FakeTrainer* slot_trainer_ = nullptr;  // until the agent has ended
  std::string data_path_;
  std::unique_ptr<Agent> agent_;

 private:
  std::unique_ptr<Trainer> owned_;
};

TEST_F(AgentTest, RegistersWithWhatItsTrainerSaysAndTrainsWhatItLeases) {
  coordinator_.lease_answers = {std::vector<std::string>{kTrial}};
  Start();
  EXPECT_EQ(DrainWhenIdle(), absl::OkStatus());
  ASSERT_THAT(coordinator_.registered, SizeIs(1));
  const v1::Worker& worker = coordinator_.registered[0].worker();
  EXPECT_EQ(worker.name(), "workers/w");
  EXPECT_EQ(worker.device(), "cpu");
  EXPECT_EQ(worker.slots(), 1);
  EXPECT_THAT(worker.datasets(), ElementsAre("text"));
  EXPECT_EQ(data_path_, "/dev/null");
  EXPECT_EQ(Completed(), v1::Trial::SUCCEEDED);
  ASSERT_THAT(coordinator_.asked, SizeIs(2));
  EXPECT_EQ(coordinator_.asked[0].max_trials(), 1);
  EXPECT_NE(coordinator_.asked[0].request_id(),
            coordinator_.asked[1].request_id());
}

TEST_F(AgentTest, LeasesOfNoUseAreSurvived) {
  coordinator_.lease_answers = {
      std::vector<std::string>{"", "campaigns/c", "campaigns/c/trials/0",
                               std::string(5000, 'x')},
      std::vector<std::string>{"", kTrial}};
  Start();
  EXPECT_EQ(DrainWhenIdle(), absl::OkStatus());
  EXPECT_EQ(Completed(), v1::Trial::SUCCEEDED);
  ASSERT_THAT(coordinator_.asked, SizeIs(3));
  EXPECT_EQ(coordinator_.asked[2].max_trials(), 1);
}

TEST_F(AgentTest, ALeaseCallThatIsNotAnsweredIsSentAgainLaterEachTime) {
  for (int i = 0; i < 8; ++i) {
    coordinator_.lease_answers.emplace_back(absl::UnavailableError("away"));
  }
  coordinator_.lease_answers.emplace_back(std::vector<std::string>{kTrial});
  Start();
  EXPECT_EQ(DrainWhenIdle(), absl::OkStatus());
  ASSERT_THAT(coordinator_.asked, SizeIs(10));
  double limit = 0.1;  // s, doubled up to 1, times a factor in [0.5, 1]
  for (size_t i = 1; i < 9; ++i) {
    EXPECT_EQ(coordinator_.asked[i].request_id(),
              coordinator_.asked[0].request_id());
    const double waited = absl::ToDoubleSeconds(coordinator_.asked_at[i] -
                                                coordinator_.asked_at[i - 1]);
    EXPECT_GE(waited, 0.5 * limit);
    EXPECT_LE(waited, limit);
    limit = std::min(1.0, 2 * limit);
  }
  EXPECT_NE(coordinator_.asked[9].request_id(),
            coordinator_.asked[8].request_id());
  EXPECT_THAT(coordinator_.registered, SizeIs(1));
  EXPECT_EQ(Completed(), v1::Trial::SUCCEEDED);
}

TEST_F(AgentTest, ACoordinatorThatDoesNotKnowItIsRegisteredWithAnew) {
  coordinator_.lease_answers = {absl::NotFoundError("no worker workers/w"),
                                std::vector<std::string>{kTrial}};
  Start();
  EXPECT_EQ(DrainWhenIdle(), absl::OkStatus());
  EXPECT_THAT(coordinator_.registered, SizeIs(2));
  EXPECT_NE(coordinator_.asked[1].request_id(),
            coordinator_.asked[0].request_id());
  EXPECT_EQ(coordinator_.asked_at[1], coordinator_.asked_at[0]);
  EXPECT_EQ(Completed(), v1::Trial::SUCCEEDED);
}

TEST_F(AgentTest, OneThatRegistersItAndKnowsItNotIsAskedWithPauses) {
  for (int i = 0; i < 3; ++i) {
    coordinator_.lease_answers.emplace_back(absl::NotFoundError("no worker"));
  }
  coordinator_.lease_answers.emplace_back(std::vector<std::string>{kTrial});
  Start();
  EXPECT_EQ(DrainWhenIdle(), absl::OkStatus());
  EXPECT_THAT(coordinator_.registered, SizeIs(4));
  ASSERT_GE(coordinator_.asked_at.size(), 4);
  EXPECT_EQ(coordinator_.asked_at[1], coordinator_.asked_at[0]);
  EXPECT_GE(coordinator_.asked_at[2] - coordinator_.asked_at[1],
            absl::Milliseconds(50));
  EXPECT_GE(coordinator_.asked_at[3] - coordinator_.asked_at[2],
            absl::Milliseconds(100));
}

// Between two calls nobody looks for it; a call itself finds it, by a channel
// that tries that often.
TEST(CoordinatorBackoffTest, ACoordinatorThatComesBackIsFoundWithinTwoSeconds) {
  EXPECT_LT(CoordinatorBackoff::kLongestAway + kLongestReconnect,
            absl::Seconds(2));
}

TEST_F(AgentTest, OneThatIsBusyIsGivenMoreTime) {
  for (int i = 0; i < 8; ++i) {
    coordinator_.lease_answers.emplace_back(
        absl::ResourceExhaustedError("4096 calls"));
  }
  coordinator_.lease_answers.emplace_back(std::vector<std::string>{kTrial});
  Start();
  EXPECT_EQ(DrainWhenIdle(), absl::OkStatus());
  ASSERT_GE(coordinator_.asked_at.size(), 9);
  EXPECT_GE(coordinator_.asked_at[8] - coordinator_.asked_at[7],
            CoordinatorBackoff::kLongestBusy / 2);
}

TEST_F(AgentTest, ATokenThatIsRefusedForAWhileIsSurvived) {
  coordinator_.lease_answers = {absl::UnauthenticatedError("revoked"),
                                absl::PermissionDeniedError("no worker"),
                                std::vector<std::string>{kTrial}};
  Start();
  EXPECT_EQ(DrainWhenIdle(), absl::OkStatus());
  EXPECT_THAT(coordinator_.registered, SizeIs(1));
  EXPECT_EQ(coordinator_.asked[2].request_id(),
            coordinator_.asked[0].request_id());
  EXPECT_EQ(Completed(), v1::Trial::SUCCEEDED);
}

TEST_F(AgentTest, OneThatIsToldToDrainEndsAndSaysThatWorkIsLeft) {
  coordinator_.lease_answers = {std::vector<std::string>{kTrial}};
  coordinator_.idle_answer.emplace().set_drain(true);
  coordinator_.idle_answer->set_work_left(true);
  Start();
  EXPECT_EQ(End(), absl::OkStatus());
  EXPECT_EQ(Completed(), v1::Trial::SUCCEEDED);
  EXPECT_TRUE(agent_->work_left());
}

TEST_F(AgentTest, OneWhoseNameAnotherProcessTookEndsAndSaysSo) {
  coordinator_.lease_answers = {
      std::vector<std::string>{kTrial},
      absl::AbortedError("another process has registered as workers/w")};
  Start();
  const absl::Status status = End();
  EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
  EXPECT_THAT(std::string(status.message()), HasSubstr("another process"));
  EXPECT_THAT(coordinator_.registered, SizeIs(1));  // it does not fight
  EXPECT_EQ(Completed(), v1::Trial::SUCCEEDED);
}

TEST_F(AgentTest, AnotherIntervalOfHeartbeatsIsAnsweredByARegistration) {
  coordinator_.lease_answers = {std::vector<std::string>{kTrial}};
  slot_trainer_->on_begin = [this](const std::vector<std::string>& runs) {
    coordinator_.SetHeartbeatInterval(absl::Seconds(1));
    slot_trainer_->Say(SuccessLine(runs[0]));
  };
  Start();
  EXPECT_EQ(DrainWhenIdle(), absl::OkStatus());
  ASSERT_THAT(coordinator_.registered, SizeIs(2));
  EXPECT_EQ(coordinator_.registered[1].worker().name(), "workers/w");
  // Both are of one process.
  EXPECT_EQ(ProcessOfRequest(coordinator_.registered[0].request_id()),
            ProcessOfRequest(coordinator_.registered[1].request_id()));
  EXPECT_EQ(ProcessOfRequest(coordinator_.registered[0].request_id()),
            ProcessOfRequest(coordinator_.asked[0].request_id()));
}

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

TEST_F(AgentTest, ARegistrationThatIsRefusedLaterIsToldOfOnce) {
  const CapturedLog log;
  options_.exit_when_idle = absl::Seconds(90);
  coordinator_.registrations = {absl::OkStatus()};
  coordinator_.registrations.resize(1000, absl::PermissionDeniedError("no"));
  coordinator_.idle_answer.emplace();
  clock_.At(absl::Seconds(30),  // while a call for leases waits
            [this] { coordinator_.SetHeartbeatInterval(absl::Seconds(1)); });
  Start();
  EXPECT_EQ(End(), absl::OkStatus());
  EXPECT_GE(coordinator_.registered.size(), 3u);
  EXPECT_EQ(log.Count("trying again until it takes the registration"), 1);
}

TEST_F(AgentTest, IsReadyFromItsRegistrationUntilItDrains) {
  coordinator_.known.set_state(v1::Worker::ONLINE);
  Start();
  coordinator_.waits.WaitForNotification();
  EXPECT_EQ(agent_->readiness().Check(), absl::OkStatus());
  agent_->Drain();
  EXPECT_EQ(agent_->readiness().Check().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(End(), absl::OkStatus());
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

TEST_F(AgentTest, OneThatNeverReachedACoordinatorLeavesWork) {
  coordinator_.registrations.resize(1000, absl::UnavailableError("away"));
  Start();
  agent_->Drain();
  EXPECT_EQ(End(), absl::OkStatus());
  EXPECT_TRUE(agent_->work_left());
}

TEST_F(AgentTest, TimeWithoutACoordinatorIsIdleTime) {
  options_.exit_when_idle = absl::Seconds(90);
  coordinator_.registrations.resize(1000, absl::UnavailableError("away"));
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

TEST_F(AgentTest, ATrainerThatCannotStartEndsItBeforeItRegisters) {
  slot_trainer_->start_status = absl::NotFoundError("no such program");
  Start();
  const absl::Status status = End();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("no such program"));
  EXPECT_THAT(coordinator_.registered, IsEmpty());
}

TEST_F(AgentTest, ATrainerThatIsNotReadyInTimeEndsIt) {
  slot_trainer_->ready_after = options_.trainer_timeout + absl::Seconds(1);
  Start();
  const absl::Status status = End();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("--trainer-timeout"));
}

TEST_F(AgentTest, RegistersUntilTheCoordinatorAnswers) {
  coordinator_.registrations = {absl::UnavailableError("away"),
                                absl::DeadlineExceededError("slow")};
  Start();
  EXPECT_EQ(DrainWhenIdle(), absl::OkStatus());
  ASSERT_THAT(coordinator_.registered, SizeIs(3));
  EXPECT_EQ(coordinator_.registered[2].request_id(),
            coordinator_.registered[0].request_id());
}

TEST_F(AgentTest, AServerThatRefusesItEndsIt) {
  coordinator_.registrations = {absl::UnimplementedError("no such service")};
  Start();
  const absl::Status status = End();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("UNIMPLEMENTED: no such service"));
  EXPECT_THAT(coordinator_.asked, IsEmpty());
}

}  // namespace
}  // namespace isoshape
