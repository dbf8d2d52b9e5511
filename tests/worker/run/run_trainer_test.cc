// Trainers that fail, are lost, or say what they should not: whose fault it is
// decides whether the trial is failed or handed back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/temp_folder.h"
#include "tests/worker/run/run_fixture.h"

namespace isoshape {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class RunTrainerTest : public RunTest {};

TEST_F(RunTrainerTest, ATrainerThatDiesCostsItsTrialALeaseAndNotItsResult) {
  TrainQuietly(absl::Seconds(5), 100);
  clock_.At(absl::Seconds(12), [&] { trainer_.Die("it ended by signal 9"); });
  EXPECT_EQ(Execute(), RunGroup::End::kTrainerWorks);
  EXPECT_EQ(Released(), "the trainer was lost: it ended by signal 9");
  EXPECT_TRUE(ReleasedAsLost());
  EXPECT_EQ(Completed(), v1::Trial::STATE_UNSPECIFIED);
  EXPECT_TRUE(trainer_.abandoned.has_value());
}

TEST_F(RunTrainerTest, ASilentTrainerIsLostAfterItsTimeout) {
  trainer_.on_begin = [&](const auto& runs) {
    trainer_.Say(HeartbeatLine(runs[0]));
  };
  Execute();
  ASSERT_TRUE(trainer_.abandoned.has_value());
  EXPECT_GT(*trainer_.abandoned, absl::Seconds(61));
  EXPECT_LT(*trainer_.abandoned, absl::Seconds(62));
  EXPECT_THAT(Released(), HasSubstr("--trainer-timeout allows 1m"));
  EXPECT_TRUE(ReleasedAsLost());
}

// SIGSTOP of worker and trainer, docker pause.
TEST_F(RunTrainerTest, AWorkerThatWasAwayItselfDoesNotBlameItsTrainer) {
  trainer_.on_begin = [&](const auto& runs) {
    const std::string& run = runs[0];
    trainer_.Say(HeartbeatLine(run));
    clock_.At(absl::Seconds(200),
              [this, run] { trainer_.Say(SuccessLine(run)); });
  };
  for (const int second : {50, 100, 150}) {
    clock_.At(absl::Seconds(second), [&] {
      clock_.Advance(absl::Seconds(20));
      coordinator_.trials[kTrial].lease_end = absl::InfiniteFuture();
    });
  }
  Execute();
  EXPECT_EQ(Completed(), v1::Trial::SUCCEEDED);
  EXPECT_FALSE(trainer_.abandoned.has_value());
}

TEST_F(RunTrainerTest, AfterAPauseATrainerIsLostAfterItsFullTimeout) {
  trainer_.on_begin = [&](const auto& runs) {
    trainer_.Say(HeartbeatLine(runs[0]));
  };
  clock_.At(absl::Seconds(50), [&] {
    clock_.Advance(absl::Seconds(20));
    coordinator_.trials[kTrial].lease_end = absl::InfiniteFuture();
  });
  Execute();
  ASSERT_TRUE(trainer_.abandoned.has_value());
  EXPECT_GT(*trainer_.abandoned, absl::Seconds(130));
  EXPECT_LT(*trainer_.abandoned, absl::Seconds(131));
  EXPECT_TRUE(ReleasedAsLost());
}

TEST_F(RunTrainerTest, ACoordinatorThatDoesNotAnswerIsNoPause) {
  trainer_.on_begin = [&](const auto& runs) {
    trainer_.Say(HeartbeatLine(runs[0]));
  };
  clock_.At(absl::Seconds(20), [&] {
    coordinator_.away = absl::DeadlineExceededError("no answer");
    coordinator_.call_takes = absl::Hours(1);
  });
  clock_.At(absl::Seconds(90), [&] { coordinator_.away = absl::OkStatus(); });
  Execute();
  ASSERT_TRUE(trainer_.abandoned.has_value());
  EXPECT_LT(*trainer_.abandoned, absl::Seconds(70));
}

TEST_F(RunTrainerTest, ATrainerThatCannotStartCostsItsTrialNothing) {
  trainer_.start_status = absl::NotFoundError("cannot run /x: no such file");
  EXPECT_EQ(Execute(), RunGroup::End::kTrainerCannotStart);
  EXPECT_THAT(Released(), HasSubstr("cannot run /x: no such file"));
  EXPECT_FALSE(ReleasedAsLost());
}

TEST_F(RunTrainerTest, ATrainerThatEndsBeforeItIsReadyCostsItsTrialNothing) {
  trainer_.ready_after = absl::Seconds(20);
  clock_.At(absl::Seconds(15),
            [&] { trainer_.Die("it ended by exit code 1"); });
  EXPECT_EQ(Execute(), RunGroup::End::kTrainerCannotStart);
  EXPECT_FALSE(ReleasedAsLost());
  EXPECT_THAT(trainer_.begun, IsEmpty());
}

TEST_F(RunTrainerTest, ATrainerWhoseGpuIsGoneCostsItsTrialNothing) {
  context_.device = "cuda";
  trainer_.device = "cpu";
  EXPECT_EQ(Execute(), RunGroup::End::kTrainerCannotStart);
  EXPECT_EQ(Released(),
            "the trainer was lost: it started on cpu, and this worker trains "
            "on cuda");
  EXPECT_FALSE(ReleasedAsLost());
  EXPECT_THAT(trainer_.begun, IsEmpty());
}

TEST_F(RunTrainerTest, ARunThatTheTrainerFailsIsTheTrialsOwnFailure) {
  TrainerLine line =
      ResultLine("", Outcome::kFailed, "width 100 is no multiple of 64");
  line.fault = TrainerLine::Fault::kTrial;
  Answer(line);
  EXPECT_EQ(Execute(), RunGroup::End::kTrainerWorks);
  EXPECT_EQ(Completed(), v1::Trial::FAILED);
  EXPECT_EQ(TrialNamed().result->error(), "width 100 is no multiple of 64");
  EXPECT_EQ(Released(), "not released");
  EXPECT_FALSE(trainer_.abandoned.has_value());
}

TEST_F(RunTrainerTest, AFailureWithoutAReasonSaysThatThereIsNone) {
  TrainerLine line = ResultLine("", Outcome::kFailed);
  line.fault = TrainerLine::Fault::kTrial;
  Answer(line);
  Execute();
  EXPECT_EQ(TrialNamed().result->error(), "the trainer gives no reason");
}

TEST_F(RunTrainerTest, ARunOutOfMemoryIsAFailureThatSaysSo) {
  Answer(ResultLine("", Outcome::kOutOfMemory, "17 GB, and 16 are there"));
  Execute();
  EXPECT_EQ(Completed(), v1::Trial::FAILED);
  EXPECT_EQ(TrialNamed().result->error(),
            "out of memory: 17 GB, and 16 are there");
}

TEST_F(RunTrainerTest, ARunThatDivergesIsAResultWithItsCard) {
  TrainerLine line = ResultLine("", Outcome::kDiverged);
  line.shape_card.emplace().add_branches()->set_steps(10);
  Answer(line);
  Execute();
  EXPECT_EQ(Completed(), v1::Trial::DIVERGED);
  EXPECT_EQ(TrialNamed().result->error(), "the loss diverged");
  EXPECT_EQ(TrialNamed().result->shape_card().branches_size(), 1);
}

TEST_F(RunTrainerTest, ARunThatStopsUntoldIsHandedBackAsLost) {
  Answer(ResultLine("", Outcome::kStopped));
  Execute();
  EXPECT_THAT(Released(), HasSubstr("without being told to"));
  EXPECT_TRUE(ReleasedAsLost());
}

TEST_F(RunTrainerTest, ATrialWhoseDataIsNotHereIsHandedBackUntrained) {
  Execute({coordinator_.Grant(kTrial)}, /*data_path=*/"");
  EXPECT_EQ(Released(),
            "this worker has no data named 'text'; start it with --data "
            "text=PATH");
  EXPECT_EQ(trainer_.starts, 0);
}

class RunCheckpointTest : public RunTrainerTest {
 protected:
  RunCheckpointTest() {
    context_.checkpoints = checkpoints_.path();
    std::filesystem::create_directory(folder());
  }
  std::string folder() const {
    return context_.checkpoints + "/campaigns-c-trials-1-0";
  }

  const TempFolder checkpoints_;
};

TEST_F(RunCheckpointTest, AFailureFromACheckpointBeginsTheTrialAnew) {
  Answer(ResultLine("", Outcome::kFailed, "the checkpoint is damaged"));
  Execute();
  EXPECT_EQ(Completed(), v1::Trial::STATE_UNSPECIFIED);
  EXPECT_THAT(Released(), HasSubstr("the checkpoint is damaged"));
  EXPECT_FALSE(ReleasedAsLost());  // what was trained anew may kill a trainer
  EXPECT_FALSE(std::filesystem::exists(folder()));
}

TEST_F(RunCheckpointTest, ACheckpointGoesWhenTheResultIsStored) {
  TrainQuietly(absl::Seconds(1), 1);
  Execute();
  EXPECT_FALSE(std::filesystem::exists(folder()));
}

TEST_F(RunCheckpointTest, ACheckpointStaysWhenTheTrialIsHandedBack) {
  TrainQuietly(absl::Seconds(1), 9);
  clock_.At(absl::Seconds(4), [&] { drain_.Notify(); });
  Execute();
  EXPECT_EQ(Released(), "the worker is shutting down");
  EXPECT_TRUE(std::filesystem::exists(folder()));
}

}  // namespace
}  // namespace isoshape
