#include <string>

#include "messages/proto_time.h"
#include "tests/coordinator/scheduler/scheduler_fixture.h"

namespace isoshape {
namespace {

using ::testing::IsEmpty;
using Leases = SchedulerTest;

TEST_F(Leases, AHeartbeatKeepsTheLeaseAndItsAbsenceLosesIt) {
  Create();
  Register();
  const v1::Lease lease = LeaseOne();
  clock_.Advance(kLease - absl::Seconds(1));
  const auto beat = Do(&Scheduler::Heartbeat, For<v1::HeartbeatRequest>(lease));
  ASSERT_TRUE(beat.ok());
  EXPECT_EQ(FromProto(beat->expire_time()), clock_.Now() + kLease);
  EXPECT_EQ(scheduler_->NextDeadline(), clock_.Elapsed() + kLease);
  clock_.Advance(kLease - absl::Nanoseconds(1));
  scheduler_->ExpireLeases();
  EXPECT_EQ(Get(lease.trial().name()).state(), v1::Trial::LEASED);
  clock_.Advance(absl::Nanoseconds(1));
  scheduler_->ExpireLeases();
  Commit();
  const v1::Trial lost = *store_.GetTrial(lease.trial().name());
  EXPECT_EQ(lost.state(), v1::Trial::PENDING);
  EXPECT_EQ(lost.lost_leases(), 1);
  EXPECT_FALSE(lost.has_lease_expire_time());
  EXPECT_THAT(StoredTrials("workers/a"), IsEmpty());
}

TEST_F(Leases, AClockSetADayForthOrBackLosesNoLivingLeaseAndKeepsNoDeadOne) {
  Create();
  Register("workers/a");
  Register("workers/b");
  const v1::Lease lives = LeaseOne("workers/a");
  const v1::Lease dies = LeaseOne("workers/b");
  for (const absl::Duration jump : {absl::Hours(24), -absl::Hours(48)}) {
    clock_.Set(clock_.Now() + jump);
    clock_.Advance(kLease / 2);
    ASSERT_TRUE(
        Do(&Scheduler::Heartbeat, For<v1::HeartbeatRequest>(lives)).ok());
  }
  scheduler_->ExpireLeases();
  Commit();
  EXPECT_EQ(Get(lives.trial().name()).state(), v1::Trial::LEASED);
  EXPECT_EQ(Get(dies.trial().name()).state(), v1::Trial::PENDING);
  // A restart does not believe the stored end either.
  Restart();
  EXPECT_EQ(scheduler_->NextDeadline(), clock_.Elapsed() + kLease);
}

TEST_F(Leases, AClockSetForthForgetsNoAnswer) {
  Register();
  v1::CreateCampaignRequest request;
  *request.mutable_campaign() = SmallCampaign();
  request.set_request_id("r1");
  const std::string name = Do(&Scheduler::CreateCampaign, request)->name();
  clock_.Advance(absl::Hours(2));
  clock_.Set(clock_.Now() + absl::Hours(24));
  Create();  // the next commit prunes
  EXPECT_EQ(Do(&Scheduler::CreateCampaign, request)->name(), name);
  // A day and an hour that really pass do.
  clock_.Advance(absl::Hours(24));
  Create();
  EXPECT_NE(Do(&Scheduler::CreateCampaign, request)->name(), name);
}

TEST_F(Leases, ACoordinatorThatWasAwayGivesEveryLeaseItsFullLength) {
  Create();
  Register();
  const v1::Lease lease = LeaseOne();
  clock_.Advance(10 * kLease);
  scheduler_->GiveFullLeases();
  scheduler_->ExpireLeases();
  EXPECT_EQ(Get(lease.trial().name()).state(), v1::Trial::LEASED);
  clock_.Advance(kLease);
  scheduler_->ExpireLeases();
  EXPECT_EQ(Get(lease.trial().name()).state(), v1::Trial::PENDING);
}

}  // namespace
}  // namespace isoshape
