// The agent between a coordinator, a trainer and a clock of the test's own: how
// it registers and leases.
#include "worker/agent.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "common/net/channel.h"
#include "common/net/request_process.h"
#include "tests/worker/agent_fixture.h"
#include "tests/worker/captured_log.h"
#include "worker/coordinator/coordinator_backoff.h"

namespace isoshape {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

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

TEST_F(AgentTest, OneThatIsToldToDrainEndsAndIsNotToBeStartedAgain) {
  coordinator_.lease_answers = {std::vector<std::string>{kTrial}};
  coordinator_.idle_answer.emplace().set_drain(true);
  coordinator_.idle_answer->set_work_left(true);
  Start();
  EXPECT_EQ(End(), absl::OkStatus());
  EXPECT_EQ(Completed(), v1::Trial::SUCCEEDED);
  EXPECT_FALSE(agent_->work_left());
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

TEST_F(AgentTest, ANameThatIsNoneEndsItInOneLine) {
  coordinator_.named = "workers/a\n";
  Start();
  const absl::Status status = End();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("registers this worker by a name that is none"));
  EXPECT_EQ(status.message().find('\n'), absl::string_view::npos);
}

// It registers again whenever it is not known, and says nothing twice.
TEST_F(AgentTest, WhatTheCoordinatorSaysOfItIsLoggedOnce) {
  const CapturedLog log;
  coordinator_.note = "isoshape-worker 0.0.9 is older:\ninstall 0.1.0";
  coordinator_.lease_answers = {absl::NotFoundError("no worker")};
  Start();
  EXPECT_EQ(DrainWhenIdle(), absl::OkStatus());
  EXPECT_THAT(coordinator_.registered, SizeIs(2));
  EXPECT_EQ(log.Count("the coordinator says: isoshape-worker 0.0.9 is older:"),
            1);
  EXPECT_EQ(log.Count("install 0.1.0\n"), 1);
  EXPECT_EQ(log.Count("\ninstall"), 0);
}

TEST_F(AgentTest, ACoordinatorThatHasNothingToSayIsNotQuoted) {
  const CapturedLog log;
  Start();
  EXPECT_EQ(DrainWhenIdle(), absl::OkStatus());
  EXPECT_EQ(log.Count("the coordinator says"), 0);
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
