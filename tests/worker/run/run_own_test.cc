// A trial that its worker is for alone: it is ended where another is handed
// back, and its weights stay.
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/temp_folder.h"
#include "tests/worker/run/run_fixture.h"

namespace isoshape {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

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

  const TempFolder temp_;
  const std::string folder_ = temp_.path();
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

}  // namespace
}  // namespace isoshape
