// A worker that ends: its trials are handed back within ten seconds, whatever
// the trainer and the coordinator do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/worker/captured_log.h"
#include "tests/worker/run/run_fixture.h"

namespace isoshape {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

class RunDrainTest : public RunTest {
 protected:
  void DrainAt(absl::Duration time) {
    clock_.At(time, [this] { drain_.Notify(); });
  }
};

TEST_F(RunDrainTest, ARunIsStoppedAndHandedBackNotLost) {
  TrainQuietly(absl::Seconds(5), 100);
  DrainAt(absl::Seconds(42));
  EXPECT_EQ(Execute(), RunGroup::End::kTrainerWorks);
  EXPECT_THAT(trainer_.stopped, SizeIs(1));
  EXPECT_EQ(Released(), "the worker is shutting down");
  EXPECT_FALSE(ReleasedAsLost());
  EXPECT_FALSE(trainer_.abandoned.has_value());
  EXPECT_LT(clock_.Elapsed(), absl::Milliseconds(42500));
}

TEST_F(RunDrainTest, MeasurementsOfARunThatIsHandedBackAreLeftOut) {
  TrainMeasured(absl::Seconds(1), 100);
  DrainAt(absl::Seconds(10));
  Execute();
  EXPECT_EQ(coordinator_.calls.back().method, "Release");
  EXPECT_THAT(coordinator_.CallsOf("Complete"), IsEmpty());
}

TEST_F(RunDrainTest, ATrialThatHasNotBegunNeedsNoTrainer) {
  drain_.Notify();
  EXPECT_EQ(Execute(), RunGroup::End::kTrainerWorks);
  EXPECT_EQ(trainer_.starts, 0);
  EXPECT_FALSE(ReleasedAsLost());
  EXPECT_EQ(Released(), "the worker is shutting down");
}

TEST_F(RunDrainTest, ATrialIsHandedBackWhileTheTrainerStillStarts) {
  trainer_.ready_after = absl::Seconds(30);
  DrainAt(absl::Seconds(3));
  Execute();
  EXPECT_THAT(trainer_.begun, IsEmpty());
  EXPECT_EQ(Released(), "the worker is shutting down");
  EXPECT_LT(clock_.Elapsed(), absl::Milliseconds(3500));
}

TEST_F(RunDrainTest, ATrainerThatDoesNotStopIsEndedSoon) {
  TrainQuietly(absl::Seconds(5), 100);
  trainer_.on_stop = nullptr;
  DrainAt(absl::Seconds(42));
  Execute();
  ASSERT_TRUE(trainer_.abandoned.has_value());
  EXPECT_LT(*trainer_.abandoned, absl::Seconds(44));
  EXPECT_EQ(Released(), "the worker is shutting down");
  EXPECT_FALSE(ReleasedAsLost());
}

TEST_F(RunDrainTest, ATrainerThatDiesOfTheStopIsNoLoss) {
  TrainQuietly(absl::Seconds(5), 100);
  trainer_.on_stop = [&](const std::string&) {
    trainer_.Die("it ended by exit code 0");
  };
  DrainAt(absl::Seconds(42));
  Execute();
  EXPECT_EQ(Released(), "the worker is shutting down");
  EXPECT_FALSE(ReleasedAsLost());
}

TEST_F(RunDrainTest, AResultThatComesBeforeTheStopIsDelivered) {
  TrainQuietly(absl::Seconds(5), 100);
  trainer_.on_stop = [&](const std::string& run) {
    trainer_.Say(SuccessLine(run));
  };
  DrainAt(absl::Seconds(42));
  Execute();
  EXPECT_EQ(Completed(), v1::Trial::SUCCEEDED);
  EXPECT_EQ(Released(), "not released");
}

TEST_F(RunDrainTest, AResultInHandIsDeliveredAtOnceThoughARetryWasLater) {
  coordinator_.SetHeartbeatInterval(absl::Seconds(5));
  TrainQuietly(absl::Seconds(5), 4);
  clock_.At(absl::Seconds(20), [&] {
    coordinator_.away = absl::UnavailableError("connection refused");
  });
  // After waits of up to five seconds the next attempt is some way off.
  clock_.At(absl::Seconds(40), [&] { coordinator_.away = absl::OkStatus(); });
  DrainAt(absl::Seconds(40));
  Execute();
  EXPECT_EQ(Completed(), v1::Trial::SUCCEEDED);
  EXPECT_LT(clock_.Elapsed(), absl::Milliseconds(40200));
}

TEST_F(RunDrainTest, ATrialIsLeftToExpireWhenTheCoordinatorIsAway) {
  TrainQuietly(absl::Seconds(5), 100);
  clock_.At(absl::Seconds(40), [&] {
    coordinator_.away = absl::DeadlineExceededError("no answer");
    coordinator_.call_takes = absl::Hours(1);
  });
  DrainAt(absl::Seconds(42));
  EXPECT_EQ(Execute(), RunGroup::End::kTrainerWorks);
  EXPECT_LT(clock_.Elapsed(), absl::Seconds(52));
  const auto releases = coordinator_.CallsOf("Release");
  ASSERT_GE(releases.size(), 2);
  for (const auto& call : releases) {
    EXPECT_EQ(call.deadline, absl::Seconds(1));
    EXPECT_EQ(call.request_id, releases[0].request_id);
  }
}

TEST_F(RunDrainTest, AResultThatCannotBeHandedOverIsInTheLog) {
  const CapturedLog log;
  TrainQuietly(absl::Seconds(5), 4);
  clock_.At(absl::Seconds(20), [&] {
    coordinator_.away = absl::UnavailableError("connection refused");
  });
  DrainAt(absl::Seconds(40));
  v1::Lease lease = coordinator_.Grant(kTrial);
  lease.mutable_trial()->mutable_shape()->set_depth(2);
  lease.mutable_trial()->mutable_shape()->set_width(64);
  Execute({lease});
  EXPECT_EQ(Completed(), v1::Trial::STATE_UNSPECIFIED);
  EXPECT_LT(clock_.Elapsed(), absl::Seconds(50));
  EXPECT_EQ(log.Count("its result (SUCCEEDED, validation loss 2; depth 2, "
                      "width 64"),
            1)
      << log.text();
  EXPECT_EQ(log.Count("is lost, because the coordinator does not answer"), 1);
}

}  // namespace
}  // namespace isoshape
