#include "coordinator/scheduler/lease_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "messages/json/proto_time.h"

namespace isoshape {
namespace {

using ::testing::Optional;

v1::Trial Leased(const std::string& name, int64_t token) {
  v1::Trial trial;
  trial.set_name(name);
  trial.set_fencing_token(token);
  return trial;
}

class LeaseTableTest : public testing::Test {
 protected:
  FakeClock clock_;
  LeaseTable leases_{&clock_};
};

TEST_F(LeaseTableTest, IsEmptyAtFirst) {
  EXPECT_TRUE(leases_.empty());
  EXPECT_EQ(leases_.NextDeadline(), absl::InfiniteDuration());
  EXPECT_EQ(leases_.TakeEnded(), std::nullopt);
}

TEST_F(LeaseTableTest, EndsLeasesInTheOrderOfTheirEnds) {
  v1::Trial a = Leased("a", 1), b = Leased("b", 2);
  leases_.Extend(absl::Seconds(20), &a);
  leases_.Extend(absl::Seconds(10), &b);
  EXPECT_EQ(FromProto(a.lease_expire_time()), clock_.Now() + absl::Seconds(20));
  EXPECT_EQ(leases_.NextDeadline(), clock_.Elapsed() + absl::Seconds(10));
  clock_.Advance(absl::Seconds(9));
  EXPECT_EQ(leases_.TakeEnded(), std::nullopt);
  clock_.Advance(absl::Seconds(11));
  EXPECT_THAT(leases_.TakeEnded(), Optional(b.name()));
  EXPECT_THAT(leases_.TakeEnded(), Optional(a.name()));
  EXPECT_EQ(leases_.TakeEnded(), std::nullopt);
}

TEST_F(LeaseTableTest, AnExtendedLeaseEndsOnceAndLater) {
  v1::Trial trial = Leased("a", 1);
  leases_.Extend(absl::Seconds(1), &trial);
  leases_.Extend(absl::Seconds(30), &trial);
  clock_.Advance(absl::Seconds(29));
  EXPECT_EQ(leases_.TakeEnded(), std::nullopt);
  EXPECT_EQ(leases_.Age(trial), absl::Seconds(29));
  clock_.Advance(absl::Seconds(1));
  EXPECT_THAT(leases_.TakeEnded(), Optional(trial.name()));
  EXPECT_EQ(leases_.NextDeadline(), absl::InfiniteDuration());
  EXPECT_EQ(leases_.Age(trial), absl::ZeroDuration());
}

TEST_F(LeaseTableTest, ADroppedLeaseNeverEnds) {
  v1::Trial a = Leased("a", 1), b = Leased("b", 2);
  leases_.Extend(absl::Seconds(1), &a);
  leases_.Extend(absl::Seconds(1), &b);
  leases_.Drop(&a);
  leases_.Drop(&a);  // of no lease: nothing
  EXPECT_FALSE(a.has_lease_expire_time());
  clock_.Advance(absl::Seconds(1));
  EXPECT_THAT(leases_.TakeEnded(), Optional(b.name()));
  EXPECT_EQ(leases_.TakeEnded(), std::nullopt);
}

TEST_F(LeaseTableTest, TheTimeOfDayMayBeSetADayForthOrBack) {
  v1::Trial trial = Leased("a", 1);
  leases_.Extend(absl::Seconds(30), &trial);
  clock_.Set(clock_.Now() + absl::Hours(24));
  EXPECT_EQ(leases_.TakeEnded(), std::nullopt);
  clock_.Set(clock_.Now() - absl::Hours(48));
  clock_.Advance(absl::Seconds(30));
  EXPECT_THAT(leases_.TakeEnded(), Optional(trial.name()));
}

TEST_F(LeaseTableTest, WhatWasGrantedStandsWhenLeasesGetShorter) {
  v1::Trial trial = Leased("a", 1);
  leases_.Extend(absl::Seconds(30), &trial);
  clock_.Advance(absl::Seconds(10));
  leases_.Extend(absl::Seconds(2), &trial);
  EXPECT_EQ(FromProto(trial.lease_expire_time()),
            clock_.Now() + absl::Seconds(20));
  clock_.Advance(absl::Seconds(19));
  EXPECT_EQ(leases_.TakeEnded(), std::nullopt);
  leases_.Extend(absl::Seconds(2), &trial);
  clock_.Advance(absl::Seconds(2));
  EXPECT_THAT(leases_.TakeEnded(), Optional(trial.name()));
}

TEST_F(LeaseTableTest, AllLeasesGetTheirFullLengthAndNoneIsShortened) {
  v1::Trial a = Leased("a", 1), b = Leased("b", 2);
  leases_.Extend(absl::Seconds(30), &a);
  leases_.Extend(absl::Seconds(90), &b);
  leases_.Extend(absl::Seconds(30), &b);  // from now on
  clock_.Advance(absl::Seconds(40));
  leases_.ExtendAll(absl::Seconds(40));
  // Nobody trained in the time that was missed, also not on a lease that was
  // granted for longer than it.
  EXPECT_EQ(leases_.Age(a), absl::ZeroDuration());
  EXPECT_EQ(leases_.Age(b), absl::ZeroDuration());
  EXPECT_EQ(leases_.TakeEnded(), std::nullopt);
  clock_.Advance(absl::Seconds(30));
  EXPECT_THAT(leases_.TakeEnded(), Optional(a.name()));
  EXPECT_EQ(leases_.TakeEnded(), std::nullopt);
  clock_.Advance(absl::Seconds(20));
  EXPECT_THAT(leases_.TakeEnded(), Optional(b.name()));
}

TEST_F(LeaseTableTest, TimeBeforeAndAfterAnAbsenceCounts) {
  v1::Trial trial = Leased("a", 1);
  leases_.Extend(absl::Seconds(90), &trial);
  clock_.Advance(absl::Seconds(7));
  clock_.Advance(absl::Seconds(20));  // away
  leases_.ExtendAll(absl::Seconds(20));
  clock_.Advance(absl::Seconds(5));
  EXPECT_EQ(leases_.Age(trial), absl::Seconds(12));
  // One that was granted on the way was not held before.
  v1::Trial late = Leased("b", 2);
  leases_.Extend(absl::Seconds(30), &late);
  clock_.Advance(absl::Seconds(1));
  leases_.ExtendAll(absl::Seconds(20));
  EXPECT_EQ(leases_.Age(late), absl::ZeroDuration());
}

}  // namespace
}  // namespace isoshape
