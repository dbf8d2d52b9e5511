#include <string>

#include "messages/proto_time.h"
#include "messages/shape_proto.h"
#include "tests/coordinator/scheduler/scheduler_fixture.h"

namespace isoshape {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Code = absl::StatusCode;

class Leases : public SchedulerTest {
 protected:
  void Expire() {
    clock_.Advance(kLease);
    scheduler_->ExpireLeases();
    Commit();
  }
  v1::ReleaseTrialRequest Release(const v1::Lease& lease,
                                  bool trainer_lost = false) {
    auto request = For<v1::ReleaseTrialRequest>(lease);
    request.set_reason("draining");
    if (trainer_lost) {
      request.set_cause(v1::ReleaseTrialRequest::TRAINER_LOST);
    }
    return request;
  }
};

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

TEST_F(Leases, ALateCallTakesALeaseBackThatNobodyTook) {
  Create();
  Register();
  const v1::Lease lease = LeaseOne();
  Expire();
  ASSERT_EQ(Get(lease.trial().name()).lost_leases(), 1);
  ASSERT_TRUE(Do(&Scheduler::Heartbeat, For<v1::HeartbeatRequest>(lease)).ok());
  const v1::Trial revived = *store_.GetTrial(lease.trial().name());
  EXPECT_EQ(revived.state(), v1::Trial::LEASED);
  EXPECT_EQ(revived.lost_leases(), 0);
  EXPECT_TRUE(revived.has_lease_expire_time());
  EXPECT_THAT(StoredTrials("workers/a"), ElementsAre(revived.name()));
  // Nobody looked at the clock: the result itself comes late.
  clock_.Advance(2 * kLease);
  EXPECT_EQ(Do(&Scheduler::CompleteTrial, Success(lease))->state(),
            v1::Trial::SUCCEEDED);
}

TEST_F(Leases, ATrialHandedBackIsNotTakenBackByALateHeartbeat) {
  Create();
  Register();
  const v1::Lease lease = LeaseOne();
  ASSERT_TRUE(Do(&Scheduler::ReleaseTrial, Release(lease)).ok());
  Refused(Code::kFailedPrecondition, &Scheduler::Heartbeat,
          For<v1::HeartbeatRequest>(lease));
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

// Its worker died with the result, the lease ran out, the coordinator was
// started again: nobody has trained it meanwhile.
TEST_F(Leases, AResultIsTakenAfterARestartIfNobodyTookTheTrial) {
  Create();
  Register();
  const v1::Lease lease = LeaseOne();
  Expire();
  Restart();
  EXPECT_EQ(Do(&Scheduler::CompleteTrial, Success(lease))->state(),
            v1::Trial::SUCCEEDED);
  EXPECT_EQ(Get(lease.trial().name()).lost_leases(), 0);
}

TEST_F(Leases, WhatWasGivenBackIsNotTakenBackAfterARestart) {
  Create();
  Register();
  const v1::Lease lost = LeaseOne();
  Expire();
  const v1::Lease lease = LeaseOne();
  ASSERT_EQ(lease.trial().name(), lost.trial().name());
  ASSERT_TRUE(Do(&Scheduler::ReleaseTrial, Release(lease)).ok());
  Restart();
  Refused(Code::kFailedPrecondition, &Scheduler::CompleteTrial, Success(lease));
  Refused(Code::kFailedPrecondition, &Scheduler::CompleteTrial, Success(lost));
}

TEST_F(Leases, OfTwoProcessesOfOneNameTheNewerIsGivenTrials) {
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
  ASSERT_TRUE(registered("older/1"));
  const v1::Lease first = Lease(ask("older/2")).at(0);
  ASSERT_TRUE(registered("newer/1"));
  EXPECT_THAT(Refused(Code::kAborted, &Scheduler::LeaseTrials, ask("older/3")),
              HasSubstr("another process has registered as workers/a since"));
  EXPECT_EQ(Lease(ask("newer/2")).size(), 1);
  // What the older one holds is its own still; a call that it sends again is
  // answered as before.
  EXPECT_EQ(Lease(ask("older/2")).at(0).fencing_token(), first.fencing_token());
  EXPECT_TRUE(Do(&Scheduler::CompleteTrial, Success(first)).ok());
  // Clients that do not say which process they are are all one.
  EXPECT_EQ(Lease("workers/a", 1, "plain").size(), 1);
  // After a restart the one that asks first has the name.
  Restart();
  Lease(ask("newer/3"));
  Refused(Code::kAborted, &Scheduler::LeaseTrials, ask("older/4"));
}

TEST_F(Leases, AStaleTokenIsRefusedByEveryVerbAndChangesNothing) {
  Create();
  Register("workers/a");
  Register("workers/b");
  const v1::Lease old = LeaseOne("workers/a");
  Expire();
  const v1::Lease now = LeaseOne("workers/b");
  ASSERT_EQ(now.trial().name(), old.trial().name());
  EXPECT_GT(now.fencing_token(), old.fencing_token());
  for (const bool own_name : {true, false}) {
    // It is refused even if it gives the new holder's name.
    v1::Lease stale = old;
    if (!own_name) stale.mutable_trial()->set_worker("workers/b");
    Refused(Code::kFailedPrecondition, &Scheduler::Heartbeat,
            For<v1::HeartbeatRequest>(stale));
    auto report = For<v1::ReportMeasurementsRequest>(stale);
    report.add_measurements()->set_step(1);
    Refused(Code::kFailedPrecondition, &Scheduler::ReportMeasurements, report);
    Refused(Code::kFailedPrecondition, &Scheduler::CompleteTrial,
            Success(stale));
    Refused(Code::kFailedPrecondition, &Scheduler::ReleaseTrial,
            Release(stale));
  }
  EXPECT_TRUE(Do(&Scheduler::CompleteTrial, Success(now)).ok());
}

TEST_F(Leases, TheNewestTokenInAnotherWorkersHandsIsRefused) {
  Create();
  Register("workers/a");
  Register("workers/b");
  v1::Lease lease = LeaseOne("workers/a");
  lease.mutable_trial()->set_worker("workers/b");
  EXPECT_THAT(Refused(Code::kFailedPrecondition, &Scheduler::Heartbeat,
                      For<v1::HeartbeatRequest>(lease)),
              HasSubstr("leased to workers/a"));
}

TEST_F(Leases, ATrialThatLosesTooManyMachinesFailsAndSaysWhy) {
  v1::Campaign campaign = SmallCampaign();
  campaign.set_max_lost_machines(3);
  const std::string name = Create(campaign);
  Register();
  std::string trial;
  for (int i = 0; i < 3; ++i) {
    const v1::Lease lease = LeaseOne();
    if (i == 0) trial = lease.trial().name();
    EXPECT_EQ(lease.trial().name(), trial);  // it waits longest
    EXPECT_EQ(lease.trial().lost_leases(), i);
    Expire();
  }
  const v1::Trial failed = *store_.GetTrial(trial);
  EXPECT_EQ(failed.state(), v1::Trial::FAILED);
  EXPECT_EQ(failed.lost_leases(), 3);
  EXPECT_THAT(failed.error(), HasSubstr("no heartbeat of workers/a"));
  EXPECT_TRUE(failed.has_end_time());
  EXPECT_EQ(GetCampaign(name).trial_counts().failed(), 1);
}

TEST_F(Leases, MachinesThatComeAndGoFailNoTrialThatATrainerLostAFewTimesWould) {
  Create();
  Register();
  for (int i = 0; i < 10; ++i) {
    (void)LeaseOne();
    Expire();
  }
  const v1::Lease lease = LeaseOne();
  EXPECT_EQ(lease.trial().lost_leases(), 10);
  EXPECT_EQ(lease.trial().lost_trainers(), 0);
  EXPECT_EQ(Do(&Scheduler::ReleaseTrial, Release(lease, true))->state(),
            v1::Trial::PENDING);
}

TEST_F(Leases, ATrialHandedBackIsNotCountedAsLost) {
  Create();
  Register();
  for (int i = 0; i < 5; ++i) {
    const v1::Lease lease = LeaseOne();
    EXPECT_EQ(Do(&Scheduler::ReleaseTrial, Release(lease))->state(),
              v1::Trial::PENDING);
    EXPECT_EQ(Get(lease.trial().name()).lost_leases(), 0);
  }
}

TEST_F(Leases, ATrialThatKillsItsTrainerEndsAsFailed) {
  const std::string name = Create() + "/trials/1";
  Register();
  for (int minute = 0; minute < 60; ++minute) {
    for (const v1::Lease& lease : Lease("workers/a", 64)) {
      if (lease.trial().name() == name) {
        const auto lost = Do(&Scheduler::ReleaseTrial, Release(lease, true));
        EXPECT_EQ(lost->state(), Get(name).lost_trainers() < 3
                                     ? v1::Trial::PENDING
                                     : v1::Trial::FAILED);
      } else {  // what else it trains succeeds: it is not at fault
        const auto done = Do(&Scheduler::CompleteTrial,
                             Success(lease, LossOf(lease.trial())));
        ASSERT_TRUE(done.ok()) << done.status();
      }
    }
    clock_.Advance(absl::Minutes(1));
    scheduler_->ExpireLeases();
  }
  EXPECT_EQ(Get(name).state(), v1::Trial::FAILED);
  EXPECT_THAT(Get(name).error(), HasSubstr("lost 3 times with its trainer"));
}

TEST_F(Leases, ReleasingACancelledTrialCancelsIt) {
  const std::string name = Create();
  Register();
  const v1::Lease lease = LeaseOne();
  v1::CancelCampaignRequest cancel;
  cancel.set_name(name);
  ASSERT_TRUE(Do(&Scheduler::CancelCampaign, cancel).ok());
  EXPECT_EQ(Do(&Scheduler::ReleaseTrial, Release(lease))->state(),
            v1::Trial::CANCELLED);
}

}  // namespace
}  // namespace isoshape
