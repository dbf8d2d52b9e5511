// How workers end, as batch queues and Kubernetes see it: 0 if nothing is left
// to train or they were drained, 75 if there is.
#include <string>

#include "absl/strings/match.h"
#include "isoshape/v1/worker_service.grpc.pb.h"
#include "tests/service/service_fixture.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;

using WorkerEndsTest = ServiceTest;

class WorkerSignalTest : public WorkerEndsTest,
                         public testing::WithParamInterface<int> {};

TEST_P(WorkerSignalTest, HandsTheTrialBackAndTellsThatWorkIsLeft) {
  StartCoordinator();
  CreateCampaign();
  StartWorker("a", "hold");
  WatchUntilLeasedTo("a");
  ASSERT_EQ(kill(Worker("a").pid(), GetParam()), 0);
  EXPECT_THAT(EndingOf("a"), HasSubstr("exit code 75"));
  EXPECT_EQ(LostLeases(), 0);
  for (const v1::Trial& trial : Trials()) {
    EXPECT_EQ(trial.state(), v1::Trial::PENDING) << trial.name();
  }
}

INSTANTIATE_TEST_SUITE_P(All, WorkerSignalTest,
                         testing::Values(SIGTERM, SIGINT, SIGUSR1, SIGUSR2));

// Slurm sends SIGTERM twice to what it preempts, and a shell that waits for the
// worker passes on what the whole group has got.
TEST_F(WorkerEndsTest, SignalsThatComeAgainDoNotCutTheHandBackShort) {
  StartCoordinator();
  CreateCampaign();
  StartWorker("a", "hold");
  WatchUntilLeasedTo("a");
  ASSERT_EQ(kill(Worker("a").pid(), SIGUSR1), 0);
  for (int i = 0; i < 600 && Worker("a").Running(); ++i) {
    kill(Worker("a").pid(), SIGTERM);
    Worker("a").WaitForEnd(absl::Milliseconds(50));
  }
  EXPECT_EQ(Worker("a").Ending(), "exit code 75");
  EXPECT_EQ(LostLeases(), 0);
  for (const v1::Trial& trial : Trials()) {
    EXPECT_EQ(trial.state(), v1::Trial::PENDING) << trial.name();
  }
}

TEST_F(WorkerEndsTest, OneThatIsIdleEndsWithZero) {
  StartCoordinator();
  CreateCampaign();
  StartWorker("a", "succeed", 1, {"--exit-when-idle", "100ms"});
  ExpectEachSucceededOnce(WatchUntilCompleted());
  EXPECT_THAT(EndingOf("a"), HasSubstr("exit code 0"));
}

// 75 would have systemd and Slurm start again what an operator sent away.
TEST_F(WorkerEndsTest, OneThatWasDrainedEndsWithZeroThoughWorkIsLeft) {
  StartCoordinator();
  CreateCampaign();
  StartWorker("b", "hold", 3);
  WatchUntilLeasedTo("b");
  StartWorker("a", "succeed");
  const auto workers = v1::WorkerService::NewStub(MakeChannel(address_));
  v1::DrainWorkerRequest drain;
  drain.set_name("workers/a");
  grpc::Status drained;
  const absl::Time deadline = absl::Now() + kPatience;
  do {  // until it has registered
    grpc::ClientContext context;
    v1::Worker worker;
    drained = workers->DrainWorker(&context, drain, &worker);
  } while (drained.error_code() == grpc::StatusCode::NOT_FOUND &&
           absl::Now() < deadline);
  ASSERT_TRUE(drained.ok()) << drained.error_message();
  EXPECT_THAT(EndingOf("a"), HasSubstr("exit code 0"));
}

TEST_F(WorkerEndsTest, OneWhoseTimeIsOverLeavesItsTrialToOthers) {
  StartCoordinator();
  CreateCampaign();
  StartWorker("a", "hold", 1, {"--max-runtime", "1s"});
  EXPECT_THAT(EndingOf("a"), HasSubstr("exit code 75"));
  EXPECT_EQ(LostLeases(), 0);
}

TEST_F(WorkerEndsTest, OneOfSeveralCoordinatorsIsFound) {
  StartCoordinator();
  CreateCampaign();
  const std::string there = address_;
  address_ = absl::StrCat("127.0.0.1:1,", there);
  StartWorker("a", "succeed");
  address_ = there;
  ExpectEachSucceededOnce(WatchUntilCompleted());
}

// Nobody has the data: whoever watches is told so.
TEST_F(WorkerEndsTest, AWatcherIsToldWhyNothingRuns) {
  StartCoordinator();
  CreateCampaign();
  const auto watch = StartHeard(
      {ISOSHAPE_PROGRAM, "campaign", "watch", "c1", "--server", address_});
  ASSERT_NE(watch, nullptr);
  EXPECT_THAT(Line(*watch), HasSubstr("at http://127.0.0.1:"));
  EXPECT_THAT(Line(*watch), HasSubstr("3 trials wait: no worker is connected"));
  StartWorker("a", "succeed");
  WatchUntilCompleted();
  EXPECT_EQ(Line(*watch), "");
  EXPECT_EQ(watch->Ending(), "exit code 0");
}

}  // namespace
}  // namespace isoshape
