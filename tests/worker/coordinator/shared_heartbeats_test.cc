#include "worker/coordinator/shared_heartbeats.h"

#include <gtest/gtest.h>

#include "absl/synchronization/notification.h"
#include "messages/lease_request.h"
#include "tests/worker/coordinator/fake_coordinator.h"
#include "tests/worker/scripted_clock.h"

namespace isoshape {
namespace {

using Code = absl::StatusCode;
constexpr absl::Duration kInterval = absl::Seconds(10);
constexpr absl::Duration kDeadline = absl::Seconds(5);

class SharedHeartbeatsTest : public testing::Test {
 protected:
  SharedHeartbeats::Beat Send(const v1::Lease& lease) {
    return heartbeats_.Send(For<v1::HeartbeatRequest>(lease), kInterval,
                            kDeadline);
  }
  // Heartbeats that the coordinator was sent, alone or together.
  size_t Beats() const { return coordinator_.CallsOf("Heartbeat").size(); }

  ScriptedClock clock_;
  FakeCoordinator coordinator_{&clock_};
  SharedHeartbeats heartbeats_{&coordinator_, &clock_};
  const v1::Lease a_ = coordinator_.Grant("campaigns/c/trials/1");
  const v1::Lease b_ = coordinator_.Grant("campaigns/c/trials/2");
};

TEST_F(SharedHeartbeatsTest, ThoseOfAllLeasesGoTogether) {
  EXPECT_TRUE(Send(a_).answer.ok());
  EXPECT_EQ(coordinator_.batches, 0);
  clock_.Sleep(absl::Seconds(4));
  const SharedHeartbeats::Beat second = Send(b_);
  EXPECT_TRUE(second.answer.ok());
  EXPECT_EQ(coordinator_.batches, 1);
  EXPECT_EQ(Beats(), 3);
  // The answer is there already.
  clock_.Sleep(absl::Seconds(6));
  const SharedHeartbeats::Beat third = Send(a_);
  EXPECT_TRUE(third.answer.ok());
  EXPECT_EQ(third.at, second.at);
  EXPECT_EQ(Beats(), 3);
  // From here on both are due at once.
  for (int round = 0; round < 5; ++round) {
    clock_.Sleep(kInterval);
    const SharedHeartbeats::Beat first = Send(a_);
    EXPECT_EQ(first.at, clock_.Elapsed());
    EXPECT_EQ(Send(b_).at, first.at);
  }
  EXPECT_EQ(coordinator_.batches, 6);
  EXPECT_EQ(Beats(), 13);
}

TEST_F(SharedHeartbeatsTest, OneThatIsRefusedCostsTheOthersNothing) {
  ASSERT_TRUE(Send(a_).answer.ok());
  coordinator_.Grant("campaigns/c/trials/1");  // to somebody else
  EXPECT_TRUE(Send(b_).answer.ok());
  EXPECT_EQ(Send(a_).answer.status().code(), Code::kFailedPrecondition);
  EXPECT_EQ(coordinator_.batches, 1);
}

TEST_F(SharedHeartbeatsTest, ACoordinatorThatKnowsNoBatchesIsAskedOneByOne) {
  coordinator_.knows_batches = false;
  ASSERT_TRUE(Send(a_).answer.ok());
  for (int round = 0; round < 3; ++round) {
    clock_.Sleep(kInterval / 2);
    ASSERT_TRUE(Send(b_).answer.ok());
    clock_.Sleep(kInterval / 2);
    ASSERT_TRUE(Send(a_).answer.ok());
  }
  EXPECT_EQ(coordinator_.batches, 1);
  EXPECT_EQ(Beats(), 7);
  // It may have been upgraded.
  clock_.Sleep(absl::Minutes(10));
  Send(a_);
  Send(b_);
  EXPECT_EQ(coordinator_.batches, 2);
}

TEST_F(SharedHeartbeatsTest, WhatNobodyAsksForAnyMoreIsLeftOut) {
  ASSERT_TRUE(Send(a_).answer.ok());
  clock_.Sleep(2 * kInterval + absl::Seconds(1));
  ASSERT_TRUE(Send(b_).answer.ok());
  EXPECT_EQ(coordinator_.batches, 0);
  EXPECT_EQ(Beats(), 2);
  heartbeats_.Forget(b_);
  ASSERT_TRUE(Send(a_).answer.ok());
  EXPECT_EQ(coordinator_.batches, 0);
}

TEST_F(SharedHeartbeatsTest, ACallThatFailsIsMadeAgainByEach) {
  ASSERT_TRUE(Send(a_).answer.ok());
  coordinator_.away = absl::UnavailableError("away");
  EXPECT_EQ(Send(b_).answer.status().code(), Code::kUnavailable);
  coordinator_.away = absl::OkStatus();
  EXPECT_TRUE(Send(a_).answer.ok());
  EXPECT_EQ(Send(b_).at, clock_.Elapsed());
}

}  // namespace
}  // namespace isoshape
