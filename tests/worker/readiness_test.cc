#include "worker/readiness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/worker/coordinator/fake_leasing_coordinator.h"
#include "tests/worker/scripted_clock.h"

namespace isoshape {
namespace {

using testing::HasSubstr;

class ReadinessTest : public testing::Test {
 protected:
  void Register() {
    readiness_.Registered("workers/w", absl::Seconds(10));
    coordinator_.known.set_state(v1::Worker::ONLINE);
  }
  // Empty if it is ready, else why not.
  std::string Reason() {
    const absl::Status status = readiness_.Check();
    if (!status.ok()) {
      EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
      EXPECT_NE(status.message(), "");
    }
    return std::string(status.message());
  }
  // At the next time that the coordinator is asked.
  std::string NextReason() {
    clock_.Sleep(absl::Seconds(10));
    return Reason();
  }
  v1::SetAside& SetAside(absl::Duration pause) {
    v1::SetAside& one = *coordinator_.known.add_set_aside();
    one.set_campaign("campaigns/c1");
    one.set_reason("no space left\non device");
    *one.mutable_until() = ToProto(clock_.Now() + pause);
    return one;
  }

  ScriptedClock clock_;
  FakeLeasingCoordinator coordinator_{&clock_};
  Readiness readiness_{&coordinator_, &clock_};
};

TEST_F(ReadinessTest, AWorkerThatIsNotRegisteredIsNotReady) {
  EXPECT_THAT(Reason(), HasSubstr("not registered"));
  EXPECT_EQ(coordinator_.times_probed, 0);
  Register();
  EXPECT_EQ(Reason(), "");
}

TEST_F(ReadinessTest, TheCoordinatorIsAskedOnceInAHeartbeat) {
  Register();
  for (int probe = 0; probe < 10; ++probe) {
    EXPECT_EQ(Reason(), "");
    clock_.Sleep(absl::Seconds(1.5));
  }
  EXPECT_EQ(coordinator_.times_probed, 2);
}

TEST_F(ReadinessTest, ACoordinatorThatIsAwayIsForgivenForThreeHeartbeats) {
  Register();
  EXPECT_EQ(Reason(), "");
  coordinator_.away = absl::UnavailableError("connection refused");
  clock_.Sleep(absl::Seconds(28));
  EXPECT_EQ(Reason(), "");  // the call itself took a second
  clock_.Sleep(absl::Seconds(1));
  EXPECT_THAT(Reason(), HasSubstr("has not answered for 31s: connection"));
  coordinator_.away = absl::OkStatus();
  EXPECT_EQ(Reason(), "");
}

TEST_F(ReadinessTest, OneThatDrainsIsNotReadyWhoeverSaysSo) {
  Register();
  coordinator_.known.set_draining(true);
  EXPECT_THAT(Reason(), HasSubstr("'isoshape worker drain'"));
  coordinator_.known.set_draining(false);
  EXPECT_EQ(NextReason(), "");
  readiness_.Draining();
  EXPECT_THAT(Reason(), HasSubstr("draining"));
}

TEST_F(ReadinessTest, OneThatIsSetAsideSaysForWhatUntilItIsTriedAgain) {
  Register();
  v1::SetAside& one = SetAside(absl::Seconds(45));
  EXPECT_EQ(Reason(), "set aside for campaigns/c1: no space left on device");
  clock_.Sleep(absl::Seconds(46));
  EXPECT_EQ(Reason(), "");
  one.clear_until();  // faults, but fewer than set it aside
  EXPECT_EQ(NextReason(), "");
}

TEST_F(ReadinessTest, OneThatTheCoordinatorDoesNotHearIsNotReady) {
  Register();
  coordinator_.known.set_state(v1::Worker::OFFLINE);
  EXPECT_THAT(Reason(), HasSubstr("has heard nothing of it"));
  coordinator_.away = absl::NotFoundError("there is no worker workers/w");
  EXPECT_THAT(NextReason(), HasSubstr("there is no worker workers/w"));
}

}  // namespace
}  // namespace isoshape
