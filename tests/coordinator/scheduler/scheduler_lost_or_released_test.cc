#include <string>

#include "tests/coordinator/scheduler/scheduler_fixture.h"

namespace isoshape {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Code = absl::StatusCode;

class LostOrReleased : public SchedulerTest {
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

TEST_F(LostOrReleased, ALateCallTakesALeaseBackThatNobodyTook) {
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

TEST_F(LostOrReleased, ATrialHandedBackIsNotTakenBackByALateHeartbeat) {
  Create();
  Register();
  const v1::Lease lease = LeaseOne();
  ASSERT_TRUE(Do(&Scheduler::ReleaseTrial, Release(lease)).ok());
  Refused(Code::kFailedPrecondition, &Scheduler::Heartbeat,
          For<v1::HeartbeatRequest>(lease));
}

TEST_F(LostOrReleased, ATrialThatLosesTooManyMachinesFailsAndSaysWhy) {
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

TEST_F(LostOrReleased,
       MachinesThatComeAndGoFailNoTrialThatATrainerLostAFewTimesWould) {
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

TEST_F(LostOrReleased, ATrialHandedBackIsNotCountedAsLost) {
  Create();
  Register();
  for (int i = 0; i < 5; ++i) {
    const v1::Lease lease = LeaseOne();
    EXPECT_EQ(Do(&Scheduler::ReleaseTrial, Release(lease))->state(),
              v1::Trial::PENDING);
    EXPECT_EQ(Get(lease.trial().name()).lost_leases(), 0);
  }
}

TEST_F(LostOrReleased, ATrialThatKillsItsTrainerEndsAsFailed) {
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

TEST_F(LostOrReleased, ReleasingACancelledTrialCancelsIt) {
  const std::string name = Create();
  Register();
  const v1::Lease lease = LeaseOne();
  v1::CancelCampaignRequest cancel;
  cancel.set_name(name);
  ASSERT_TRUE(Do(&Scheduler::CancelCampaign, cancel).ok());
  EXPECT_EQ(Do(&Scheduler::ReleaseTrial, Release(lease))->state(),
            v1::Trial::CANCELLED);
}

// Its worker died with the result, the lease ran out, the coordinator was
// started again: nobody has trained it meanwhile.
TEST_F(LostOrReleased, AResultIsTakenAfterARestartIfNobodyTookTheTrial) {
  Create();
  Register();
  const v1::Lease lease = LeaseOne();
  Expire();
  Restart();
  EXPECT_EQ(Do(&Scheduler::CompleteTrial, Success(lease))->state(),
            v1::Trial::SUCCEEDED);
  EXPECT_EQ(Get(lease.trial().name()).lost_leases(), 0);
}

TEST_F(LostOrReleased, WhatWasGivenBackIsNotTakenBackAfterARestart) {
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

}  // namespace
}  // namespace isoshape
