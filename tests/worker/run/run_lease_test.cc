// A lease from its grant to its end: what the coordinator is told, and when.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/worker/run/run_fixture.h"

namespace isoshape {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

using RunLeaseTest = RunTest;

TEST_F(RunLeaseTest, AGrantedTrialIsTrainedAndCompletedWithItsResult) {
  TrainMeasured(absl::Seconds(2), 5);
  EXPECT_EQ(Execute(), RunGroup::End::kTrainerWorks);
  EXPECT_THAT(trainer_.begun,
              ElementsAre(ElementsAre("campaigns/c/trials/1#1")));
  EXPECT_EQ(trainer_.data_path, "/dev/null");
  EXPECT_EQ(Completed(), v1::Trial::SUCCEEDED);
  EXPECT_EQ(TrialNamed().result->shape_card().validation_loss(), 2);
  EXPECT_THAT(TrialNamed().losses, SizeIs(5));
  EXPECT_THAT(trainer_.stopped, IsEmpty());
  EXPECT_FALSE(trainer_.abandoned.has_value());
}

TEST_F(RunLeaseTest, HeartbeatsComeAtTheirIntervalAndHoldTheLeaseForAnHour) {
  TrainQuietly(absl::Seconds(5), 720);
  Execute();
  const auto heartbeats = coordinator_.CallsOf("Heartbeat");
  // The trainer was ready after one second.
  ASSERT_THAT(heartbeats, SizeIs(360));
  for (size_t i = 0; i < heartbeats.size(); ++i) {
    EXPECT_EQ(heartbeats[i].at, (i + 1) * kHeartbeatInterval);
    EXPECT_EQ(heartbeats[i].code, absl::StatusCode::kOk);
  }
  EXPECT_EQ(Completed(), v1::Trial::SUCCEEDED);
}

TEST_F(RunLeaseTest, AShorterIntervalHoldsFromTheMomentItIsKnown) {
  TrainQuietly(absl::Seconds(20), 3);
  clock_.At(absl::Seconds(12),
            [&] { coordinator_.SetHeartbeatInterval(absl::Seconds(1)); });
  Execute();
  const auto beats = coordinator_.CallsOf("Heartbeat");
  ASSERT_GE(beats.size(), 3u);
  EXPECT_EQ(beats[0].at, kHeartbeatInterval);
  EXPECT_LE(beats[1].at, absl::Seconds(12) + absl::Milliseconds(200));
  EXPECT_LE(beats[2].at - beats[1].at, absl::Milliseconds(1200));
  EXPECT_EQ(Completed(), v1::Trial::SUCCEEDED);
}

TEST_F(RunLeaseTest, HeartbeatsHoldTheLeaseWhileTheTrainerStarts) {
  trainer_.ready_after = absl::Seconds(50);
  TrainQuietly(absl::Seconds(1), 1);
  Execute();
  EXPECT_THAT(coordinator_.CallsOf("Heartbeat"), SizeIs(5));
  EXPECT_EQ(Completed(), v1::Trial::SUCCEEDED);
}

TEST_F(RunLeaseTest, MeasurementsGoTogetherOnceASecondAndStandForHeartbeats) {
  TrainMeasured(absl::Milliseconds(100), 1000);
  Execute();
  const auto reports = coordinator_.CallsOf("Report");
  EXPECT_GE(reports.size(), 90);
  EXPECT_LE(reports.size(), 100);
  for (size_t i = 1; i < reports.size(); ++i) {
    EXPECT_GE(reports[i].at - reports[i - 1].at, absl::Seconds(1));
    EXPECT_NE(reports[i].request_id, reports[i - 1].request_id);
  }
  EXPECT_THAT(coordinator_.CallsOf("Heartbeat"), IsEmpty());
  EXPECT_THAT(TrialNamed().losses, SizeIs(1000));
}

TEST_F(RunLeaseTest, AStretchedIntervalHoldsFromItsAnswerForReportsToo) {
  coordinator_.heartbeat_interval = 4 * kHeartbeatInterval;
  TrainQuietly(absl::Seconds(20), 12);
  Execute();
  const auto beats = coordinator_.CallsOf("Heartbeat");
  ASSERT_THAT(beats, SizeIs(6));
  EXPECT_EQ(beats[0].at, kHeartbeatInterval);
  for (size_t i = 1; i < beats.size(); ++i) {
    EXPECT_EQ(beats[i].at - beats[i - 1].at, 4 * kHeartbeatInterval);
    EXPECT_EQ(beats[i].code, absl::StatusCode::kOk);
  }
  EXPECT_EQ(Completed(), v1::Trial::SUCCEEDED);

  coordinator_.calls.clear();
  TrainMeasured(absl::Milliseconds(100), 1000);
  Execute();
  const auto reports = coordinator_.CallsOf("Report");
  ASSERT_GE(reports.size(), 20);
  for (size_t i = 2; i < reports.size(); ++i) {
    EXPECT_GE(reports[i].at - reports[i - 1].at, absl::Seconds(4));
  }
  EXPECT_THAT(TrialNamed().losses, SizeIs(1000));
}

TEST_F(RunLeaseTest, TheIntervalOfAGrantHoldsForItsFirstHeartbeat) {
  v1::Lease lease = coordinator_.Grant(kTrial);
  *lease.mutable_heartbeat_interval() = ToProto(2 * kHeartbeatInterval);
  TrainQuietly(absl::Seconds(20), 2);
  Execute({lease});
  const auto beats = coordinator_.CallsOf("Heartbeat");
  ASSERT_GE(beats.size(), 2u);
  EXPECT_EQ(beats[0].at, 2 * kHeartbeatInterval);
  // An answer without one, of an older coordinator, takes it back.
  EXPECT_EQ(beats[1].at, 3 * kHeartbeatInterval);
}

TEST_F(RunLeaseTest, AStaleTokenEndsTheRunWithoutAWordAboutIt) {
  TrainQuietly(absl::Seconds(5), 100);
  clock_.At(absl::Seconds(25), [&] { coordinator_.Grant(kTrial); });
  Execute();
  EXPECT_EQ(clock_.Elapsed(), absl::Seconds(30));  // the next heartbeat
  EXPECT_THAT(trainer_.stopped, ElementsAre("campaigns/c/trials/1#1"));
  EXPECT_FALSE(trainer_.abandoned.has_value());
  EXPECT_THAT(coordinator_.CallsOf("Complete"), IsEmpty());
  EXPECT_THAT(coordinator_.CallsOf("Release"), IsEmpty());
}

TEST_F(RunLeaseTest, AStaleTokenEndsTheRunAlsoWhenItHasAResult) {
  TrainQuietly(absl::Seconds(1), 5);
  clock_.At(absl::Seconds(4), [&] { coordinator_.Grant(kTrial); });
  Execute();
  const auto completions = coordinator_.CallsOf("Complete");
  ASSERT_THAT(completions, SizeIs(1));
  EXPECT_EQ(completions[0].code, absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(coordinator_.CallsOf("Release"), IsEmpty());
  EXPECT_THAT(trainer_.stopped, IsEmpty());
}

TEST_F(RunLeaseTest, ATrainerThatIgnoresTheEndOfALostLeaseIsEnded) {
  TrainQuietly(absl::Seconds(5), 100);
  trainer_.on_stop = nullptr;
  clock_.At(absl::Seconds(25), [&] { coordinator_.Grant(kTrial); });
  Execute();
  ASSERT_TRUE(trainer_.abandoned.has_value());
  EXPECT_GT(*trainer_.abandoned, absl::Seconds(40));  // 10 s after the stop
  EXPECT_LT(*trainer_.abandoned, absl::Seconds(41));
  EXPECT_EQ(coordinator_.calls.back().method, "Heartbeat");
  EXPECT_EQ(coordinator_.calls.back().at, absl::Seconds(30));
}

TEST_F(RunLeaseTest, AStopIsPassedOnOnceAndTheTrialCompletedAsStopped) {
  TrainMeasured(absl::Seconds(1), 100);
  trainer_.on_stop = [&](const std::string& run) {
    clock_.After(absl::Seconds(4), [&, run] {
      TrainerLine line = ResultLine(run, Outcome::kStopped);
      line.shape_card.emplace().set_validation_loss(2.5);
      trainer_.Say(line);
    });
  };
  clock_.At(absl::Seconds(20), [&] { TrialNamed().stop = true; });
  Execute();
  EXPECT_THAT(trainer_.stopped, ElementsAre("campaigns/c/trials/1#1"));
  EXPECT_EQ(Completed(), v1::Trial::STOPPED);
  EXPECT_EQ(TrialNamed().result->shape_card().validation_loss(), 2.5);
  EXPECT_LT(clock_.Elapsed(), absl::Seconds(26));
}

TEST_F(RunLeaseTest, ATrainerThatDoesNotStopIsEndedAndTheTrialIsStopped) {
  TrainQuietly(absl::Seconds(5), 100);
  trainer_.on_stop = nullptr;
  clock_.At(absl::Seconds(15), [&] { TrialNamed().stop = true; });
  Execute();
  ASSERT_TRUE(trainer_.abandoned.has_value());
  EXPECT_GT(*trainer_.abandoned, absl::Seconds(30));
  EXPECT_LT(*trainer_.abandoned, absl::Seconds(31));
  EXPECT_EQ(Completed(), v1::Trial::STOPPED);
}

TEST_F(RunLeaseTest, AStoppedRunWhoseLeaseGoesMeanwhileIsDropped) {
  TrainQuietly(absl::Seconds(5), 100);
  clock_.At(absl::Seconds(15), [&] { TrialNamed().stop = true; });
  coordinator_.SetHeartbeatInterval(absl::Seconds(3));
  // Before the trainer has answered the lease goes to another worker.
  trainer_.on_stop = [&](const std::string& run) {
    coordinator_.Grant(kTrial);
    clock_.After(absl::Seconds(8), [&, run] {
      trainer_.Say(ResultLine(run, Outcome::kStopped));
    });
  };
  Execute();
  EXPECT_THAT(coordinator_.CallsOf("Complete"), IsEmpty());
  EXPECT_THAT(coordinator_.CallsOf("Release"), IsEmpty());
  EXPECT_FALSE(trainer_.abandoned.has_value());
}

TEST_F(RunLeaseTest, LinesAboutAnotherRunChangeNothing) {
  trainer_.on_begin = [&](const std::vector<std::string>& runs) {
    trainer_.Say(MeasurementLine("campaigns/c/trials/1#0", 7));
    trainer_.Say(SuccessLine("campaigns/c/trials/1#0", 1));
    trainer_.Say(ResultLine("", Outcome::kFailed, "nobody's"));
    trainer_.Say(MeasurementLine(runs[0], 1));
    trainer_.Say(SuccessLine(runs[0], 2));
    trainer_.Say(SuccessLine(runs[0], 3));  // it has ended already
  };
  Execute();
  EXPECT_EQ(Completed(), v1::Trial::SUCCEEDED);
  EXPECT_EQ(TrialNamed().result->shape_card().validation_loss(), 2);
  EXPECT_THAT(TrialNamed().losses, SizeIs(1));
  EXPECT_THAT(coordinator_.CallsOf("Complete"), SizeIs(1));
}

}  // namespace
}  // namespace isoshape
