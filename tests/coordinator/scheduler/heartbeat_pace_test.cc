#include "coordinator/scheduler/heartbeat_pace.h"

#include <gtest/gtest.h>

#include "common/threads/clock.h"

namespace isoshape {
namespace {

constexpr absl::Duration kLease = absl::Seconds(30);

class HeartbeatPaceTest : public testing::Test {
 protected:
  // One more, of so many.
  void Grant(size_t leases) {
    pace_.SetLeases(leases);
    pace_.NoteGrant();
  }

  FakeClock clock_;
  HeartbeatPace pace_{kLease, &clock_};
};

TEST_F(HeartbeatPaceTest, GrowsWithTheNumberOfLeasesUpToABound) {
  struct Case {
    size_t leases;
    absl::Duration interval;
  };
  for (const Case& one : {Case{0, absl::Seconds(10)},
                          {2000, absl::Seconds(10)},
                          {2001, absl::Seconds(20)},
                          {4000, absl::Seconds(20)},
                          {10'000, absl::Seconds(80)},
                          {60'000, absl::Minutes(5)},
                          {10'000'000, absl::Minutes(5)},
                          {10, absl::Seconds(10)}}) {
    pace_.SetLeases(one.leases);
    EXPECT_EQ(pace_.interval(), one.interval) << one.leases;
    EXPECT_EQ(pace_.lease(), 3 * one.interval) << one.leases;
  }
}

TEST_F(HeartbeatPaceTest, IsNeverShorterThanConfigured) {
  for (const absl::Duration lease :
       {absl::Seconds(1), absl::Seconds(2), absl::Seconds(7)}) {
    EXPECT_EQ(HeartbeatPace(lease, &clock_).lease(), lease);
  }
  HeartbeatPace slow(absl::Hours(24), &clock_);
  slow.SetLeases(10'000'000);
  EXPECT_EQ(slow.lease(), absl::Hours(24));
}

TEST_F(HeartbeatPaceTest, GrowsWhileCallsWaitAndFallsWhenNoneDoes) {
  pace_.NoteWait(absl::Milliseconds(499));
  EXPECT_EQ(pace_.interval(), absl::Seconds(10));
  pace_.NoteWait(absl::Seconds(2));
  pace_.NoteWait(absl::Seconds(2));
  EXPECT_EQ(pace_.interval(), absl::Seconds(20));
  // Workers have not heard of that yet.
  clock_.Advance(absl::Seconds(4));
  pace_.NoteWait(absl::Seconds(2));
  EXPECT_EQ(pace_.interval(), absl::Seconds(20));
  clock_.Advance(absl::Seconds(1));
  pace_.NoteWait(absl::Seconds(2));
  EXPECT_EQ(pace_.interval(), absl::Seconds(40));
  for (int second = 0; second < 300; ++second) {
    clock_.Advance(absl::Seconds(1));
    pace_.NoteWait(absl::Seconds(2));
  }
  EXPECT_EQ(pace_.interval(), HeartbeatPace::kMaxInterval);
  // Waits that are short keep it as it is.
  for (int second = 0; second < 300; ++second) {
    clock_.Advance(absl::Seconds(1));
    pace_.NoteWait(absl::Milliseconds(200));
  }
  EXPECT_EQ(pace_.interval(), HeartbeatPace::kMaxInterval);
  for (int second = 0; second < 300; ++second) {
    clock_.Advance(absl::Seconds(1));
    pace_.NoteWait(absl::Milliseconds(1));
  }
  EXPECT_EQ(pace_.interval(), absl::Seconds(10));
}

// A write that the disk took long for holds up those of one commit.
TEST_F(HeartbeatPaceTest, OneLongWaitIsNoReason) {
  for (int i = 0; i < 10; ++i) {
    pace_.NoteWait(absl::Seconds(2));
    pace_.NoteWait(absl::Milliseconds(1));
    EXPECT_EQ(pace_.interval(), absl::Seconds(10));
    clock_.Advance(absl::Seconds(6));
  }
}

TEST_F(HeartbeatPaceTest, FallsWhileNothingIsAskedToo) {
  for (int i = 0; i < 20; ++i) {
    clock_.Advance(absl::Seconds(5));
    pace_.NoteWait(absl::Seconds(2));
  }
  EXPECT_EQ(pace_.interval(), HeartbeatPace::kMaxInterval);
  clock_.Advance(absl::Seconds(61));
  pace_.NoteWait(absl::ZeroDuration());
  EXPECT_EQ(pace_.interval(), absl::Seconds(80));  // two steps of five
  clock_.Advance(absl::Hours(3));
  pace_.NoteWait(absl::ZeroDuration());
  EXPECT_EQ(pace_.interval(), absl::Seconds(10));
}

TEST_F(HeartbeatPaceTest, TheLongestLeaseStandsUntilItsTimeIsOver) {
  EXPECT_EQ(pace_.longest_lease(), kLease);
  Grant(10'000);
  EXPECT_EQ(pace_.longest_lease(), absl::Seconds(240));
  Grant(1);
  EXPECT_EQ(pace_.lease(), kLease);
  clock_.Advance(absl::Seconds(239));
  EXPECT_EQ(pace_.longest_lease(), absl::Seconds(240));
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(pace_.longest_lease(), kLease);
}

// The longest ends before one that is shorter and was granted later.
TEST_F(HeartbeatPaceTest, EachLengthStandsUntilItsTimeIsOver) {
  Grant(10'000);
  for (int second = 0; second < 239; ++second) {
    clock_.Advance(absl::Seconds(1));
    Grant(4'000);
    ASSERT_EQ(pace_.lease(), absl::Seconds(60));
    ASSERT_EQ(pace_.longest_lease(), absl::Seconds(240));
  }
  Grant(1);
  clock_.Advance(absl::Seconds(2));
  EXPECT_EQ(pace_.longest_lease(), absl::Seconds(60));
  clock_.Advance(absl::Seconds(58));
  EXPECT_EQ(pace_.longest_lease(), kLease);
}

// Granted and left behind between two looks at it.
TEST_F(HeartbeatPaceTest, ALengthOfAMomentIsRemembered) {
  Grant(10'000);
  Grant(1);
  EXPECT_EQ(pace_.longest_lease(), absl::Seconds(240));
  clock_.Advance(absl::Seconds(239));
  pace_.ExtendAll();
  clock_.Advance(absl::Seconds(239));
  EXPECT_EQ(pace_.longest_lease(), absl::Seconds(240));
}

TEST_F(HeartbeatPaceTest, TheLongestLeaseOfBeforeIsRestored) {
  pace_.Restore(absl::Seconds(240));
  EXPECT_EQ(pace_.lease(), kLease);
  EXPECT_EQ(pace_.longest_lease(), absl::Seconds(240));
  clock_.Advance(absl::Seconds(240));
  EXPECT_EQ(pace_.longest_lease(), kLease);
}

}  // namespace
}  // namespace isoshape
