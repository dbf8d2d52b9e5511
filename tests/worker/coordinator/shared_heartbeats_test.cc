#include "worker/coordinator/shared_heartbeats.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <optional>
#include <thread>

#include "absl/synchronization/notification.h"
#include "messages/trial/lease_request.h"
#include "tests/worker/coordinator/fake_leasing_coordinator.h"
#include "tests/worker/scripted_clock.h"

namespace isoshape {
namespace {

using Code = absl::StatusCode;
constexpr absl::Duration kInterval = absl::Seconds(10);
constexpr absl::Duration kDeadline = absl::Seconds(5);

// Batches are what the test says first: so one can be under way for as long as
// something else is done.
class HeldCoordinator : public FakeLeasingCoordinator {
 public:
  using FakeLeasingCoordinator::FakeLeasingCoordinator;
  std::function<void()> on_batch = [] {};

  absl::StatusOr<v1::BatchHeartbeatResponse> BatchHeartbeat(
      const v1::BatchHeartbeatRequest& request,
      absl::Duration deadline) override {
    on_batch();
    return FakeLeasingCoordinator::BatchHeartbeat(request, deadline);
  }
};

// Says when a thread has asked it, which Send does with its lock in hand.
class WatchedClock : public ScriptedClock {
 public:
  absl::Notification asked;
  void Watch() { watched_ = std::this_thread::get_id(); }

  absl::Duration Elapsed() override {
    if (watched_ == std::this_thread::get_id() && !asked.HasBeenNotified()) {
      asked.Notify();
    }
    return ScriptedClock::Elapsed();
  }

 private:
  std::atomic<std::thread::id> watched_;
};

class SharedHeartbeatsTest : public testing::Test {
 protected:
  SharedHeartbeats::Beat Send(const v1::Lease& lease,
                              absl::Duration deadline = kDeadline) {
    return heartbeats_.Send(For<v1::HeartbeatRequest>(lease), kInterval,
                            deadline);
  }
  // Sends the heartbeats of both leases, on behalf of the first, and does
  // something while they are under way.
  SharedHeartbeats::Beat SendBoth(const std::function<void()>& meanwhile) {
    EXPECT_TRUE(Send(b_).answer.ok());  // so that it is asked for
    absl::Notification begun;
    absl::Notification let_go;
    coordinator_.on_batch = [&] {
      begun.Notify();
      let_go.WaitForNotification();
    };
    std::optional<SharedHeartbeats::Beat> beat;
    std::thread first([&] { beat = Send(a_); });
    begun.WaitForNotification();
    meanwhile();
    let_go.Notify();
    first.join();
    coordinator_.on_batch = [] {};
    return *beat;
  }
  // The same, while the second's waits on another thread; what that gets.
  SharedHeartbeats::Beat SendBothWhileTheSecondWaits(
      const std::function<void()>& meanwhile) {
    std::optional<SharedHeartbeats::Beat> beat;
    std::thread second;
    SendBoth([&] {
      second = std::thread([&] {
        clock_.Watch();
        beat = Send(b_);
      });
      clock_.asked.WaitForNotification();
      meanwhile();
    });
    second.join();
    return *beat;
  }
  // Heartbeats that the coordinator was sent, alone or together.
  size_t Beats() const { return coordinator_.CallsOf("Heartbeat").size(); }

  WatchedClock clock_;
  HeldCoordinator coordinator_{&clock_};
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

TEST_F(SharedHeartbeatsTest, OneThatIsUnderWayIsWaitedForNotSentTwice) {
  EXPECT_TRUE(SendBothWhileTheSecondWaits([] {}).answer.ok());
  EXPECT_EQ(coordinator_.batches, 1);
  EXPECT_EQ(Beats(), 3);  // the first of the second, and both
}

TEST_F(SharedHeartbeatsTest, WhoWaitsHearsThatNobodyAnswered) {
  const SharedHeartbeats::Beat beat = SendBothWhileTheSecondWaits(
      [this] { coordinator_.away = absl::UnavailableError("away"); });
  EXPECT_EQ(beat.answer.status().code(), Code::kUnavailable);
  EXPECT_EQ(coordinator_.batches, 1);
  EXPECT_EQ(Beats(), 1);
  coordinator_.away = absl::OkStatus();
  EXPECT_TRUE(Send(b_).answer.ok());
}

TEST_F(SharedHeartbeatsTest, TheWaitForAnothersEndsAtTheDeadline) {
  absl::Status waited;
  const SharedHeartbeats::Beat first = SendBoth(
      [&] { waited = Send(b_, absl::Milliseconds(1)).answer.status(); });
  EXPECT_EQ(waited.code(), Code::kDeadlineExceeded);
  EXPECT_TRUE(first.answer.ok());
  // The answer is there nevertheless.
  EXPECT_TRUE(Send(b_).answer.ok());
  EXPECT_EQ(Beats(), 3);
}

TEST_F(SharedHeartbeatsTest, OneThatIsForgottenMeanwhileGetsNothing) {
  EXPECT_TRUE(SendBoth([this] { heartbeats_.Forget(b_); }).answer.ok());
  EXPECT_EQ(Beats(), 3);
  EXPECT_TRUE(Send(a_).answer.ok());
  EXPECT_EQ(coordinator_.batches, 1);  // it is alone
  EXPECT_EQ(Beats(), 4);
}

TEST_F(SharedHeartbeatsTest,
       ThatBatchesAreUnknownCostsNoTimeBeyondTheDeadline) {
  coordinator_.knows_batches = false;
  ASSERT_TRUE(Send(b_).answer.ok());
  coordinator_.on_batch = [this] { clock_.Sleep(absl::Seconds(3)); };
  EXPECT_TRUE(Send(a_).answer.ok());
  EXPECT_EQ(coordinator_.CallsOf("Heartbeat").back().deadline,
            kDeadline - absl::Seconds(3));
}

// Reports stood for its heartbeats meanwhile.
TEST_F(SharedHeartbeatsTest, AnAnswerOfLongAgoIsNone) {
  ASSERT_TRUE(Send(a_).answer.ok());
  ASSERT_TRUE(Send(b_).answer.ok());  // and one for the first
  clock_.Sleep(kInterval + absl::Seconds(1));
  EXPECT_EQ(Send(a_).at, clock_.Elapsed());
}

}  // namespace
}  // namespace isoshape
