// A trial that its worker is for alone: it is ended where another is handed
// back, and its weights stay.
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/temp_folder.h"
#include "tests/worker/captured_log.h"
#include "tests/worker/run/run_fixture.h"

namespace isoshape {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class RunOwnTest : public RunTest {
 protected:
  RunOwnTest() { context_.weights = folder_; }
  void LeaveWeights() const { std::ofstream(folder_ + "/weights") << "w"; }

  // How it was completed; handed back it was not.
  std::string EndsAsStopped() {
    EXPECT_EQ(Completed(), v1::Trial::STOPPED);
    EXPECT_THAT(coordinator_.CallsOf("Release"), IsEmpty());
    const auto& result = TrialNamed().result;
    return result ? result->error() : "not completed";
  }

  // Keeps results, as its worker does; how many there are.
  void KeepResults() { context_.keeper = &keeper_; }
  size_t Kept() const {
    return ResultKeeper(results_.path(), "here:1").TakeLeft().size();
  }

  const TempFolder temp_;
  const std::string folder_ = temp_.path();

 private:
  const TempFolder results_;
  ResultKeeper keeper_{results_.path(), "here:1"};
};

TEST_F(RunOwnTest, AnInterruptionStopsIt) {
  TrainQuietly(absl::Seconds(5), 100);
  clock_.At(absl::Seconds(42), [this] { drain_.Notify(); });
  Execute();
  EXPECT_EQ(EndsAsStopped(), "it was interrupted");
}

TEST_F(RunOwnTest, ItsWeightsStay) {
  LeaveWeights();
  TrainQuietly(absl::Seconds(1), 3);
  Execute();
  EXPECT_EQ(Completed(), v1::Trial::SUCCEEDED);
  EXPECT_TRUE(std::filesystem::exists(folder_ + "/weights"));
}

// Of a trial of any worker the checkpoint would be taken for the culprit.
TEST_F(RunOwnTest, AFailureFromItsWeightsTakesThemFromNobody) {
  LeaveWeights();
  trainer_.on_begin = [this](const std::vector<std::string>& runs) {
    trainer_.Say(ResultLine(runs[0], Outcome::kFailed, "of another shape"));
  };
  Execute();
  EXPECT_THAT(EndsAsStopped(), HasSubstr("of another shape"));
  EXPECT_TRUE(std::filesystem::exists(folder_ + "/weights"));
}

TEST_F(RunOwnTest, WhatLiesInTheWorkerEndsItWithTheReason) {
  trainer_.on_begin = [this](const std::vector<std::string>& runs) {
    TrainerLine line =
        ResultLine(runs[0], Outcome::kFailed, "the data are 5521, not 9dd1");
    line.fault = TrainerLine::Fault::kWorker;
    line.other_data = true;
    line.data_fingerprint = "5521";
    trainer_.Say(line);
  };
  Execute();
  EXPECT_EQ(EndsAsStopped(), "the data are 5521, not 9dd1");
}

// Told when the same command comes again, it would end the trial that this one
// is to go on with.
TEST_F(RunOwnTest, AnInterruptionThatNobodyHearsOfIsNotKept) {
  const CapturedLog log;
  KeepResults();
  TrainQuietly(absl::Seconds(5), 100);
  clock_.At(absl::Seconds(40),
            [this] { coordinator_.away = absl::UnavailableError("away"); });
  clock_.At(absl::Seconds(42), [this] { drain_.Notify(); });
  Execute();
  EXPECT_EQ(Completed(), v1::Trial::STATE_UNSPECIFIED);
  EXPECT_EQ(Kept(), 0u);
  EXPECT_EQ(log.Count("could not be handed back, because the coordinator does "
                      "not answer; it waits for the same command"),
            1)
      << log.text();
}

TEST_F(RunOwnTest, AResultThatNobodyHearsOfIsKept) {
  KeepResults();
  TrainQuietly(absl::Seconds(5), 4);
  clock_.At(absl::Seconds(10),
            [this] { coordinator_.away = absl::UnavailableError("away"); });
  clock_.At(absl::Seconds(42), [this] { drain_.Notify(); });
  Execute();
  EXPECT_EQ(Kept(), 1u);
}

TEST_F(RunOwnTest, WhereEvenItsEndIsRefusedTheRunEnds) {
  KeepResults();
  TrainQuietly(absl::Seconds(1), 3);
  coordinator_.refused["Complete"] = absl::InvalidArgumentError("no good");
  Execute();
  // As SUCCEEDED, and then as STOPPED with the reason.
  const auto completions = coordinator_.CallsOf("Complete");
  ASSERT_THAT(completions, SizeIs(2));
  EXPECT_NE(completions[0].request_id, completions[1].request_id);
  EXPECT_THAT(coordinator_.CallsOf("Release"), IsEmpty());
  EXPECT_EQ(Kept(), 0u);
}

TEST_F(RunOwnTest, ASignalThatTookTheTrainerFirstIsAnInterruption) {
  TrainQuietly(absl::Seconds(5), 100);
  clock_.At(absl::Seconds(42),
            [this] { trainer_.Die("it was killed by signal 2"); });
  clock_.At(absl::Milliseconds(42300), [this] { drain_.Notify(); });
  Execute();
  EXPECT_EQ(EndsAsStopped(), "it was interrupted");
}

TEST_F(RunOwnTest, ATrainerThatDiesByItselfIsTheReason) {
  TrainQuietly(absl::Seconds(5), 100);
  clock_.At(absl::Seconds(42),
            [this] { trainer_.Die("it was killed by signal 9"); });
  clock_.At(absl::Seconds(60), [this] { drain_.Notify(); });
  Execute();
  EXPECT_THAT(EndsAsStopped(), HasSubstr("killed by signal 9"));
}

}  // namespace
}  // namespace isoshape
