// Whose fault it was that a run ended without a result: the trial's, its
// trainer's, or this worker's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/worker/captured_log.h"
#include "tests/worker/run/run_fixture.h"

namespace isoshape {
namespace {

using Cause = v1::ReleaseTrialRequest::Cause;

class RunFaultTest : public RunTest {
 protected:
  Cause ReleasedBy() {
    EXPECT_TRUE(TrialNamed().release.has_value());
    return TrialNamed().release ? TrialNamed().release->cause()
                                : v1::ReleaseTrialRequest::CAUSE_UNSPECIFIED;
  }
};

TEST_F(RunFaultTest, WhatTheTrainerSaysIsTheMachinesIsTheWorkersFault) {
  TrainerLine line = ResultLine("", Outcome::kFailed, "no space left");
  line.fault = TrainerLine::Fault::kWorker;
  Answer(line);
  Execute();
  EXPECT_EQ(Completed(), v1::Trial::STATE_UNSPECIFIED);
  EXPECT_EQ(ReleasedBy(), v1::ReleaseTrialRequest::WORKER_FAULT);
  EXPECT_EQ(Released(), "no space left");
}

TEST_F(RunFaultTest, OtherDataAreToldWithTheirFingerprint) {
  TrainerLine line = ResultLine("", Outcome::kFailed, "other data");
  line.fault = TrainerLine::Fault::kWorker;
  line.other_data = true;
  line.data_fingerprint = "5521";
  Answer(line);
  Execute();
  EXPECT_EQ(ReleasedBy(), v1::ReleaseTrialRequest::OTHER_DATA);
  EXPECT_EQ(TrialNamed().release->data_fingerprint(), "5521");
}

TEST_F(RunFaultTest, DataThatAreGoneExplainAFailureThatNobodyExplains) {
  Answer(ResultLine("", Outcome::kFailed, "FileNotFoundError"));
  Execute({coordinator_.Grant(kTrial)}, "/no/such/data.txt");
  EXPECT_EQ(ReleasedBy(), v1::ReleaseTrialRequest::WORKER_FAULT);
  EXPECT_EQ(Released(),
            "data /no/such/data.txt: it is not there (FileNotFoundError)");
}

TEST_F(RunFaultTest, ADeviceThatFailsIsTheWorkersFault) {
  Answer(ResultLine("", Outcome::kDeviceLost, "Xid 79"));
  Execute();
  EXPECT_EQ(ReleasedBy(), v1::ReleaseTrialRequest::WORKER_FAULT);
}

TEST_F(RunFaultTest, ATrainerThatCannotStartIsTheWorkersFault) {
  trainer_.start_status = absl::NotFoundError("cannot run /x: no such file");
  Execute();
  EXPECT_EQ(ReleasedBy(), v1::ReleaseTrialRequest::WORKER_FAULT);
}

TEST_F(RunFaultTest, TheTrialsOwnFailuresSayOfWhatKindTheyAre) {
  Answer(ResultLine("", Outcome::kOutOfMemory, "17 GB"));
  Execute();
  EXPECT_EQ(TrialNamed().result->failure(), v1::Trial::OUT_OF_MEMORY);
}

TEST_F(RunFaultTest, AShapeThatCannotBeTrainedIsInvalid) {
  TrainerLine line = ResultLine("", Outcome::kFailed, "width 100");
  line.fault = TrainerLine::Fault::kTrial;
  Answer(line);
  Execute();
  EXPECT_EQ(TrialNamed().result->failure(), v1::Trial::INVALID);
}

TEST_F(RunFaultTest, AFailureThatNobodyExplainsIsNoResult) {
  Answer(ResultLine("", Outcome::kFailed, "RuntimeError: address in use"));
  Execute();
  EXPECT_EQ(Completed(), v1::Trial::STATE_UNSPECIFIED);
  EXPECT_EQ(ReleasedBy(), v1::ReleaseTrialRequest::TRAINER_LOST);
  EXPECT_EQ(Released(),
            "the trainer failed, and did not say whether by the trial's "
            "fault: RuntimeError: address in use");
}

// Slurm and systemd signal a whole group of processes at once.
TEST_F(RunFaultTest, ATrainerThatDiesJustBeforeTheWorkerIsDrainedIsNotLost) {
  TrainQuietly(absl::Seconds(5), 100);
  clock_.At(absl::Seconds(12), [&] { trainer_.Die("it ended by signal 15"); });
  clock_.At(absl::Milliseconds(12800), [&] { drain_.Notify(); });
  Execute();
  EXPECT_EQ(ReleasedBy(), v1::ReleaseTrialRequest::CAUSE_UNSPECIFIED);
  EXPECT_EQ(Released(), "the worker is shutting down");
}

TEST_F(RunFaultTest, ATrainerThatDiesByItselfIsToldOfWithinASecond) {
  TrainQuietly(absl::Seconds(5), 100);
  clock_.At(absl::Seconds(12), [&] { trainer_.Die("it ended by signal 9"); });
  clock_.At(absl::Seconds(20), [&] { drain_.Notify(); });
  Execute();
  EXPECT_EQ(ReleasedBy(), v1::ReleaseTrialRequest::TRAINER_LOST);
  EXPECT_LT(clock_.Elapsed(), absl::Seconds(14));
}

TEST_F(RunFaultTest, StepsGrowWithinACurveThatBeginsAtTheCheckpoint) {
  trainer_.on_begin = [this](const std::vector<std::string>& runs) {
    TrainerLine started;
    started.type = TrainerLine::Type::kStarted;
    started.run = runs[0];
    started.start_step = 20;
    trainer_.Say(started);
    for (const int64_t step : {10, 25, 25, 24, 30}) {
      trainer_.Say(MeasurementLine(runs[0], step));
    }
    trainer_.Say(SuccessLine(runs[0]));
  };
  const CapturedLog log;
  Execute();
  EXPECT_EQ(log.Count(absl::StrCat(kTrial, ": resumed from step 20")), 1)
      << log.text();
  ASSERT_TRUE(TrialNamed().result.has_value());
  EXPECT_EQ(TrialNamed().result->start_step(), 20);
  std::vector<int64_t> steps;
  for (const auto& [step, loss] : TrialNamed().losses) steps.push_back(step);
  EXPECT_THAT(steps, testing::ElementsAre(25, 30));
}

TEST_F(RunFaultTest, AStepThatTheTrialDoesNotHaveCostsItsPointAlone) {
  const CapturedLog log;
  trainer_.on_begin = [this](const std::vector<std::string>& runs) {
    for (const int64_t step :
         {int64_t{10}, int64_t{9'000'000'000'000'000'000},
          int64_t{9'000'000'000'000'000'001}, int64_t{20}}) {
      trainer_.Say(MeasurementLine(runs[0], step));
    }
    trainer_.Say(SuccessLine(runs[0]));
  };
  Execute();
  EXPECT_EQ(Completed(), v1::Trial::SUCCEEDED);
  std::vector<int64_t> steps;
  for (const auto& [step, loss] : TrialNamed().losses) steps.push_back(step);
  EXPECT_THAT(steps, testing::ElementsAre(10, 20));
  EXPECT_EQ(log.Count("is left out: its step 9000000000000000000 is outside"),
            1);
  EXPECT_EQ(log.Count("is left out"), 1);
}

}  // namespace
}  // namespace isoshape
