#include <string>

#include "messages/json/proto_time.h"
#include "tests/coordinator/scheduler/scheduler_fixture.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Code = absl::StatusCode;
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

// Found by the simulation: the time of day was wrong when the answer was given,
// and right again when the coordinator was started anew.
TEST_F(Leases, AClockSetBackAndForthOverARestartForgetsNoAnswer) {
  Register();
  v1::CreateCampaignRequest request;
  *request.mutable_campaign() = SmallCampaign();
  request.set_request_id("r1");
  clock_.Set(clock_.Now() - absl::Hours(30));
  const std::string name = Do(&Scheduler::CreateCampaign, request)->name();
  clock_.Set(clock_.Now() + absl::Hours(60));
  Restart();
  clock_.Advance(absl::Seconds(1));
  Create();  // the next commit prunes
  EXPECT_EQ(Do(&Scheduler::CreateCampaign, request)->name(), name);
  // A day and an hour of a coordinator that runs do.
  clock_.Advance(absl::Hours(26));
  Create();
  EXPECT_NE(Do(&Scheduler::CreateCampaign, request)->name(), name);
}

TEST_F(Leases, ACoordinatorThatWasAwayGivesEveryLeaseItsFullLength) {
  Create();
  Register();
  const v1::Lease lease = LeaseOne();
  clock_.Advance(10 * kLease);
  scheduler_->GiveFullLeases(10 * kLease);
  scheduler_->ExpireLeases();
  EXPECT_EQ(Get(lease.trial().name()).state(), v1::Trial::LEASED);
  clock_.Advance(kLease);
  scheduler_->ExpireLeases();
  EXPECT_EQ(Get(lease.trial().name()).state(), v1::Trial::PENDING);
}

// Its worker beats every third of the lease that it was told.
TEST_F(Leases, AShorterLeaseBeginsWhenItsWorkerHasHeardOfIt) {
  constexpr absl::Duration kShort = absl::Seconds(2);
  Create();
  Register("workers/a");
  const v1::Lease lease = LeaseOne("workers/a");
  Restart(kShort);
  Register("workers/b");
  for (int beat = 0; beat < 3; ++beat) {
    clock_.Advance(kLease / 3);
    for (const v1::Lease& other : Lease("workers/b")) {
      EXPECT_NE(other.trial().name(), lease.trial().name());
    }
    ASSERT_TRUE(
        Do(&Scheduler::Heartbeat, For<v1::HeartbeatRequest>(lease)).ok());
    // Nor does a second restart.
    Restart(kShort);
    Register("workers/b");
  }
  EXPECT_EQ(Get(lease.trial().name()).lost_leases(), 0);
  // What was granted stands; what comes then is short.
  Register("workers/a");
  clock_.Advance(kLease - absl::Seconds(1));
  ASSERT_TRUE(Do(&Scheduler::Heartbeat, For<v1::HeartbeatRequest>(lease)).ok());
  clock_.Advance(kShort);
  scheduler_->ExpireLeases();
  Commit();
  EXPECT_EQ(Get(lease.trial().name()).state(), v1::Trial::PENDING);
  // Once all have heard of it, so has the next start.
  Restart(kShort);
  const v1::Lease again = LeaseOne("workers/a");
  clock_.Advance(kShort);
  scheduler_->ExpireLeases();
  EXPECT_EQ(Get(again.trial().name()).state(), v1::Trial::PENDING);
}

TEST_F(Leases, ALongerLeaseHoldsAtOnce) {
  Create();
  Register();
  const v1::Lease lease = LeaseOne();
  Restart(10 * kLease);
  clock_.Advance(9 * kLease);
  scheduler_->ExpireLeases();
  EXPECT_EQ(Get(lease.trial().name()).state(), v1::Trial::LEASED);
}

TEST_F(Leases, OfTwoProcessesOfOneNameTheNewerIsGivenTrials) {
  const std::string older = std::string(32, '0') + "/";
  const std::string newer = std::string(32, '1') + "/";
  Create();
  const auto registered = [this](const std::string& id) {
    v1::RegisterWorkerRequest request;
    request.mutable_worker()->set_name("workers/a");
    request.mutable_worker()->set_slots(8);
    request.mutable_worker()->add_datasets("text");
    request.set_request_id(id);
    return Do(&Scheduler::RegisterWorker, request).ok();
  };
  const auto ask = [](const std::string& id) {
    v1::LeaseTrialsRequest request;
    request.set_worker("workers/a");
    request.set_max_trials(1);
    request.set_request_id(id);
    return request;
  };
  ASSERT_TRUE(registered(older + "1"));
  const v1::Lease first = Lease(ask(older + "2")).at(0);
  ASSERT_TRUE(registered(newer + "1"));
  EXPECT_THAT(
      Refused(Code::kAborted, &Scheduler::LeaseTrials, ask(older + "3")),
      HasSubstr("another process has registered as workers/a since"));
  EXPECT_EQ(Lease(ask(newer + "2")).size(), 1);
  // What the older one holds is its own still; a call that it sends again is
  // answered as before.
  EXPECT_EQ(Lease(ask(older + "2")).at(0).fencing_token(),
            first.fencing_token());
  EXPECT_TRUE(Do(&Scheduler::CompleteTrial, Success(first)).ok());
  // Clients that do not say which process they are are all one.
  EXPECT_EQ(Lease("workers/a", 1, "plain").size(), 1);
  // After a restart the one that asks first has the name.
  Restart();
  Lease(ask(newer + "3"));
  Refused(Code::kAborted, &Scheduler::LeaseTrials, ask(older + "4"));
}

}  // namespace
}  // namespace isoshape
