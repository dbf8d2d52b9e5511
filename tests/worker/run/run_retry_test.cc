// A coordinator that is away, loses answers or refuses: nothing that was
// measured is lost, and nothing is done twice.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "tests/worker/captured_log.h"
#include "tests/worker/run/run_fixture.h"

namespace isoshape {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

class RunRetryTest : public RunTest {
 protected:
  // From `begin` to `end` no call is answered; each takes `call`.
  void Away(absl::Duration begin, absl::Duration end,
            absl::Duration call = absl::ZeroDuration()) {
    clock_.At(begin, [this, call] {
      coordinator_.away = absl::UnavailableError("connection refused");
      coordinator_.call_takes = call;
    });
    clock_.At(end, [this] { coordinator_.away = absl::OkStatus(); });
  }
  // The first request that was not answered, and all that came of it.
  std::vector<FakeLeasingCoordinator::Call> Retries() const {
    std::vector<FakeLeasingCoordinator::Call> retries;
    for (const FakeLeasingCoordinator::Call& call : coordinator_.calls) {
      if (call.code == absl::StatusCode::kUnavailable) retries.push_back(call);
    }
    return retries;
  }
};

TEST_F(RunRetryTest, TrainingGoesOnAndAllMeasurementsArriveLater) {
  TrainMeasured(absl::Seconds(1), 60);
  Away(absl::Seconds(10), absl::Seconds(30));
  Execute();
  EXPECT_EQ(Completed(), v1::Trial::SUCCEEDED);
  EXPECT_THAT(TrialNamed().losses, SizeIs(60));
  EXPECT_FALSE(trainer_.abandoned.has_value());
}

TEST_F(RunRetryTest, TheSameRequestIsSentAgainAfterWaitsThatDouble) {
  TrainMeasured(absl::Seconds(1), 60);
  Away(absl::Milliseconds(9500), absl::Seconds(30));
  Execute();
  const auto retries = Retries();
  ASSERT_GE(retries.size(), 7);
  absl::Duration nominal = absl::Milliseconds(100);
  for (size_t i = 0; i + 1 < retries.size(); ++i) {
    EXPECT_EQ(retries[i + 1].request_id, retries[0].request_id);
    const absl::Duration wait = retries[i + 1].at - retries[i].at;
    EXPECT_GE(wait, nominal * 0.5) << i;
    EXPECT_LE(wait, nominal) << i;
    nominal = std::min(nominal * 2, absl::Seconds(1));
  }
}

TEST_F(RunRetryTest, WaitsBeginAnewOnceTheCoordinatorAnswers) {
  TrainMeasured(absl::Seconds(1), 60);
  Away(absl::Seconds(10), absl::Seconds(25));
  Away(absl::Milliseconds(39500), absl::Seconds(41));
  Execute();
  std::vector<absl::Duration> late;
  for (const auto& call : Retries()) {
    if (call.at > absl::Seconds(39)) late.push_back(call.at);
  }
  ASSERT_GE(late.size(), 2);
  EXPECT_LE(late[1] - late[0], absl::Milliseconds(100));
}

TEST_F(RunRetryTest, CallsThatHangDoNotLoseTheTrainer) {
  TrainMeasured(absl::Seconds(1), 60);
  Away(absl::Seconds(10), absl::Seconds(32), /*call=*/absl::Hours(1));
  Execute();
  EXPECT_EQ(Completed(), v1::Trial::SUCCEEDED);
  EXPECT_THAT(TrialNamed().losses, SizeIs(60));
  for (const auto& call : coordinator_.calls) {
    EXPECT_EQ(call.deadline, absl::Seconds(5));
  }
}

TEST_F(RunRetryTest, ARunWhoseLeaseEndedMeanwhileIsDropped) {
  TrainMeasured(absl::Seconds(1), 200);
  Away(absl::Seconds(10), absl::Seconds(60));
  Execute();
  EXPECT_LT(clock_.Elapsed(), absl::Seconds(66));
  EXPECT_THAT(trainer_.stopped, SizeIs(1));
  EXPECT_THAT(coordinator_.CallsOf("Complete"), IsEmpty());
  EXPECT_THAT(coordinator_.CallsOf("Release"), IsEmpty());
}

TEST_F(RunRetryTest, AReportWhoseAnswerIsLostIsSentAgainUnchanged) {
  TrainMeasured(absl::Milliseconds(500), 20);
  coordinator_.answers_lost = 1;
  Execute();  // the coordinator checks that the second is the first
  const auto reports = coordinator_.CallsOf("Report");
  ASSERT_GE(reports.size(), 3);
  EXPECT_EQ(reports[0].code, absl::StatusCode::kUnavailable);
  EXPECT_EQ(reports[1].request_id, reports[0].request_id);
  EXPECT_NE(reports[2].request_id, reports[0].request_id);
  EXPECT_THAT(TrialNamed().losses, SizeIs(20));
}

TEST_F(RunRetryTest, AResultWhoseAnswerIsLostIsSentAgainUnchanged) {
  TrainQuietly(absl::Seconds(1), 5);
  coordinator_.answers_lost = 3;
  Execute();
  const auto completions = coordinator_.CallsOf("Complete");
  // Done at once; what comes twice is answered from what was done.
  ASSERT_THAT(completions, SizeIs(2));
  EXPECT_EQ(completions[1].request_id, completions[0].request_id);
  EXPECT_EQ(Completed(), v1::Trial::SUCCEEDED);
}

TEST_F(RunRetryTest, AResultIsKeptForAsLongAsTheCoordinatorIsAway) {
  TrainMeasured(absl::Seconds(1), 20);
  Away(absl::Seconds(10), absl::Seconds(33));
  Execute();
  EXPECT_EQ(Completed(), v1::Trial::SUCCEEDED);
  EXPECT_THAT(TrialNamed().losses, SizeIs(20));
}

TEST_F(RunRetryTest, ManyMeasurementsGoInRequestsOfAtMostAThousand) {
  TrainMeasured(absl::Milliseconds(5), 4200);
  Away(absl::ZeroDuration(), absl::Seconds(24));
  Execute();  // the coordinator checks the size of each
  EXPECT_EQ(Completed(), v1::Trial::SUCCEEDED);
  EXPECT_THAT(TrialNamed().losses, SizeIs(4200));
}

TEST_F(RunRetryTest, MeasurementsThatAreRefusedDoNotHoldUpTheRun) {
  TrainMeasured(absl::Seconds(1), 40);
  coordinator_.refused["Report"] = absl::InvalidArgumentError("step is -1");
  Execute();
  EXPECT_EQ(Completed(), v1::Trial::SUCCEEDED);
  std::set<std::string> ids;
  for (const auto& call : coordinator_.CallsOf("Report")) {
    EXPECT_TRUE(ids.insert(call.request_id).second) << "sent twice";
  }
}

TEST_F(RunRetryTest, AnOverloadedCoordinatorIsSentHeartbeatsForTheLease) {
  TrainMeasured(absl::Seconds(1), 80);
  clock_.At(absl::Seconds(5), [this] {
    coordinator_.refused["Report"] = absl::ResourceExhaustedError("busy");
  });
  clock_.At(absl::Seconds(70), [this] { coordinator_.refused.clear(); });
  Execute();  // for longer than a lease
  EXPECT_THAT(trainer_.stopped, IsEmpty());
  EXPECT_EQ(Completed(), v1::Trial::SUCCEEDED);
  EXPECT_THAT(TrialNamed().losses, SizeIs(80));
  const auto beats = coordinator_.CallsOf("Heartbeat");
  ASSERT_GE(beats.size(), 4);
  for (size_t i = 1; i < beats.size(); ++i) {
    EXPECT_GE(beats[i].at - beats[i - 1].at, kHeartbeatInterval);
  }
}

TEST_F(RunRetryTest, AResultThatWaitsForAnOverloadedCoordinatorKeepsItsLease) {
  TrainQuietly(absl::Seconds(1), 5);
  coordinator_.refused["Complete"] = absl::ResourceExhaustedError("busy");
  clock_.At(absl::Seconds(70), [this] { coordinator_.refused.clear(); });
  // An order to stop means nothing to it any more.
  clock_.At(absl::Seconds(20), [this] { TrialNamed().stop = true; });
  Execute();
  EXPECT_EQ(Completed(), v1::Trial::SUCCEEDED);
  EXPECT_THAT(trainer_.stopped, IsEmpty());
}

// Its lease has ended with it: a heartbeat would be told that it is lost.
TEST_F(RunRetryTest, AResultThatMayBeStoredIsAskedForUntilItIsSaidToBe) {
  const CapturedLog log;
  TrainQuietly(absl::Seconds(1), 5);
  coordinator_.answers_lost = 1;  // at six seconds
  clock_.At(absl::Milliseconds(6010), [this] {
    coordinator_.refused["Complete"] = absl::ResourceExhaustedError("busy");
  });
  clock_.At(absl::Seconds(40), [this] { coordinator_.refused.clear(); });
  Execute();
  EXPECT_THAT(coordinator_.CallsOf("Heartbeat"), IsEmpty());
  EXPECT_EQ(coordinator_.calls.back().method, "Complete");
  EXPECT_EQ(coordinator_.calls.back().code, absl::StatusCode::kOk);
  EXPECT_GT(clock_.Elapsed(), absl::Seconds(39));
  EXPECT_EQ(log.Count("is dropped"), 0) << log.text();
}

TEST_F(RunRetryTest, AResultThatIsRefusedIsHandedBackAsLost) {
  trainer_.on_begin = [&](const std::vector<std::string>& runs) {
    trainer_.Say(MeasurementLine(runs[0], 1));
    trainer_.Say(SuccessLine(runs[0]));
  };
  coordinator_.refused["Complete"] = absl::InvalidArgumentError("no good");
  Execute();
  const auto completions = coordinator_.CallsOf("Complete");
  ASSERT_THAT(completions, SizeIs(2));  // with its measurements, and without
  EXPECT_NE(completions[0].request_id, completions[1].request_id);
  EXPECT_EQ(Released(), "the coordinator refused its result: no good");
  EXPECT_TRUE(ReleasedAsLost());
}

TEST_F(RunRetryTest, AResultWaitsUntilTheTokenIsTakenAgain) {
  const CapturedLog log;
  TrainMeasured(absl::Seconds(5), 4);
  clock_.At(absl::Seconds(12), [this] {
    coordinator_.refused["Report"] = absl::PermissionDeniedError("revoked");
    coordinator_.refused["Complete"] = absl::UnauthenticatedError("revoked");
  });
  clock_.At(absl::Seconds(30), [this] { coordinator_.refused.clear(); });
  Execute();
  EXPECT_EQ(Completed(), v1::Trial::SUCCEEDED);
  EXPECT_THAT(TrialNamed().losses, SizeIs(4));
  const auto completions = coordinator_.CallsOf("Complete");
  ASSERT_GE(completions.size(), 2);
  EXPECT_EQ(completions[0].code, absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(log.Count("until it takes that; a token's file is read again"), 1);
}

TEST(VerdictTest, TheCodeSaysWhetherToTryAgainToDropOrToGiveUp) {
  EXPECT_EQ(VerdictOf(absl::OkStatus()), Verdict::kDone);
  for (const absl::Status& status :
       {absl::UnavailableError(""), absl::DeadlineExceededError(""),
        absl::CancelledError(""), absl::InternalError(""),
        absl::UnknownError("")}) {
    EXPECT_EQ(VerdictOf(status), Verdict::kRetry) << status;
    EXPECT_FALSE(IsAnswer(status)) << status;
  }
  for (const absl::Status& status :
       {absl::NotFoundError(""), absl::FailedPreconditionError("")}) {
    EXPECT_EQ(VerdictOf(status), Verdict::kFenced) << status;
  }
  for (const absl::Status& status :
       {absl::InvalidArgumentError(""), absl::UnimplementedError(""),
        absl::AbortedError("")}) {
    EXPECT_EQ(VerdictOf(status), Verdict::kRefused) << status;
    EXPECT_TRUE(IsAnswer(status)) << status;
  }
  const absl::Status busy = absl::ResourceExhaustedError("");
  EXPECT_EQ(VerdictOf(busy), Verdict::kRetry);
  EXPECT_TRUE(IsAnswer(busy));
  for (const absl::Status& status :
       {absl::PermissionDeniedError(""), absl::UnauthenticatedError("")}) {
    EXPECT_EQ(VerdictOf(status), Verdict::kDenied) << status;
  }
}

}  // namespace
}  // namespace isoshape
