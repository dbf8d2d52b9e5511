// Whose fault it was: workers that cannot train cost no result.
#include "coordinator/scheduler/worker_faults.h"
#include "messages/trial/lifecycle.h"
#include "tests/coordinator/scheduler/scheduler_fixture.h"

namespace isoshape {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using Code = absl::StatusCode;

class Faults : public SchedulerTest {
 protected:
  static v1::ReleaseTrialRequest Fault(
      const v1::Lease& lease, v1::ReleaseTrialRequest::Cause cause =
                                  v1::ReleaseTrialRequest::WORKER_FAULT) {
    auto request = For<v1::ReleaseTrialRequest>(lease);
    request.set_cause(cause);
    request.set_reason("data text.txt: it is not there");
    return request;
  }
  // Leases and gives back by the worker's own fault. The trial.
  std::string GiveBack(const std::string& worker = "workers/a") {
    const v1::Lease lease = LeaseOne(worker);
    const auto released = Do(&Scheduler::ReleaseTrial, Fault(lease));
    EXPECT_TRUE(released.ok()) << released.status();
    EXPECT_EQ(released->state(), v1::Trial::PENDING);
    return lease.trial().name();
  }
  v1::CompleteTrialRequest SuccessOn(const v1::Lease& lease,
                                     const std::string& fingerprint) {
    auto request = Success(lease, LossOf(lease.trial()));
    request.mutable_shape_card()->set_data_fingerprint(fingerprint);
    return request;
  }
  std::string LastMessage(const std::string& campaign) {
    const auto events = store_.ListEvents(campaign, {}).value();
    return events.back().message();
  }
};

TEST_F(Faults, ATrialGoesAwayFromTheWorkerThatIsAtFaultAndIsNotCountedAsLost) {
  Create();
  Register("workers/a");
  Register("workers/b");
  const std::string name = GiveBack();
  EXPECT_EQ(Get(name).lost_leases(), 0);
  EXPECT_EQ(Get(name).worker_faults(), 1);
  EXPECT_NE(LeaseOne("workers/a").trial().name(), name);
  EXPECT_EQ(LeaseOne("workers/b").trial().name(), name);
}

TEST_F(Faults, AfterAMinuteATrialMayGoBackToAWorkerThatIsAlone) {
  v1::Campaign one = SmallCampaign();
  one.clear_budgets();
  one.add_budgets(2.5e11);
  Create(one);
  Register();
  const std::string name = GiveBack();
  GiveBack();
  EXPECT_EQ(Lease("workers/a", 64).size(), 1);  // the third size
  EXPECT_LE(scheduler_->NextDeadline(), clock_.Elapsed() + absl::Minutes(1));
  const int64_t offers = scheduler_->offers();
  clock_.Advance(absl::Minutes(1));
  scheduler_->ExpireLeases();
  EXPECT_GT(scheduler_->offers(), offers);  // calls that wait ask again
  EXPECT_EQ(LeaseOne().trial().name(), name);
}

TEST_F(Faults, ThreeInARowSetTheWorkerAsideWhoIsThenTriedWithOneTrial) {
  const std::string name = Create();
  Register("workers/a");
  for (int i = 0; i < 3; ++i) GiveBack();
  ASSERT_EQ(GetCampaign(name).set_aside_size(), 1);
  const v1::SetAside faults = GetCampaign(name).set_aside(0);
  EXPECT_EQ(faults.worker(), "workers/a");
  EXPECT_EQ(faults.faults(), 3);
  EXPECT_EQ(faults.reason(), "data text.txt: it is not there");
  EXPECT_TRUE(faults.has_until());
  EXPECT_THAT(LastMessage(name),
              AllOf(HasSubstr("workers/a is set aside for 1m"),
                    HasSubstr("3 faults in a row"), HasSubstr("not there")));
  EXPECT_EQ(Lease("workers/a", 3).size(), 0);
  // Another campaign is not concerned.
  Create(SmallCampaign(), "other");
  EXPECT_EQ(ParseTrialName(LeaseOne("workers/a").trial().name())->campaign,
            "campaigns/other");
  // Once more it fails, and the pause doubles.
  clock_.Advance(absl::Minutes(1));
  scheduler_->ExpireLeases();
  v1::PauseCampaignRequest pause;
  pause.set_name("campaigns/other");
  ASSERT_TRUE(Do(&Scheduler::PauseCampaign, pause).ok());
  const std::vector<v1::Lease> tried = Lease("workers/a", 3);
  ASSERT_EQ(tried.size(), 1);
  ASSERT_TRUE(Do(&Scheduler::ReleaseTrial, Fault(tried.front())).ok());
  clock_.Advance(absl::Minutes(1));
  EXPECT_EQ(Lease("workers/a", 3).size(), 0);
  clock_.Advance(absl::Minutes(1));
  const std::vector<v1::Lease> again = Lease("workers/a", 3);
  ASSERT_EQ(again.size(), 1);
  // It succeeds, and is as good as any.
  ASSERT_TRUE(Do(&Scheduler::CompleteTrial, Success(again.front())).ok());
  EXPECT_EQ(GetCampaign(name).set_aside_size(), 0);
  EXPECT_EQ(Lease("workers/a", 3).size(), 2);
}

TEST_F(Faults, ASuccessBetweenFaultsBreaksTheRow) {
  const std::string name = Create();
  Register();
  GiveBack();
  GiveBack();
  ASSERT_TRUE(Do(&Scheduler::CompleteTrial, Success(LeaseOne())).ok());
  EXPECT_EQ(GetCampaign(name).set_aside_size(), 0);
}

TEST_F(Faults, AWorkerIsReadmittedByHandAlsoAfterARestart) {
  const std::string name = Create();
  Register();
  for (int i = 0; i < 3; ++i) GiveBack();
  Restart();
  EXPECT_EQ(Lease("workers/a").size(), 0);
  v1::ReadmitWorkerRequest request;
  request.set_name("workers/a");
  request.set_campaign("campaigns/none");
  Refused(Code::kNotFound, &Scheduler::ReadmitWorker, request);
  request.set_campaign(name);
  ASSERT_TRUE(Do(&Scheduler::ReadmitWorker, request).ok());
  EXPECT_EQ(GetCampaign(name).set_aside_size(), 0);
  // Its trials avoid it still, for their minute.
  clock_.Advance(absl::Minutes(1));
  EXPECT_EQ(Lease("workers/a", 3).size(), 3);
}

TEST_F(Faults, AClockSetBackKeepsNoWorkerAsideForADay) {
  Create();
  Register();
  for (int i = 0; i < 3; ++i) GiveBack();
  clock_.Set(clock_.Now() - absl::Hours(24));
  EXPECT_EQ(Lease("workers/a", 3).size(), 1);  // one, to try it
}

TEST_F(Faults, TheFirstResultSaysWhichDataTheCampaignRestsOn) {
  const std::string name = Create();
  Register("workers/a");
  Register("workers/b");
  const v1::Lease a = LeaseOne("workers/a");
  const v1::Lease b = LeaseOne("workers/b");
  EXPECT_EQ(a.data_fingerprint(), "");
  ASSERT_TRUE(Do(&Scheduler::CompleteTrial, SuccessOn(a, "9dd1")).ok());
  EXPECT_EQ(GetCampaign(name).data_fingerprint(), "9dd1");
  // The other began before anybody knew: its result is not taken.
  const auto refused = Do(&Scheduler::CompleteTrial, SuccessOn(b, "5521"));
  ASSERT_TRUE(refused.ok()) << refused.status();
  EXPECT_EQ(refused->state(), v1::Trial::PENDING);
  const v1::Trial& trial = Get(b.trial().name());
  EXPECT_FALSE(trial.has_shape_card());
  EXPECT_EQ(trial.lost_leases(), 0);
  ASSERT_EQ(GetCampaign(name).set_aside_size(), 1);
  EXPECT_THAT(GetCampaign(name).set_aside(0).reason(),
              AllOf(HasSubstr("are 5521"), HasSubstr("rest on 9dd1")));
  // It gets none, also when its pause is over, while its data are known.
  clock_.Advance(absl::Hours(2));
  scheduler_->ExpireLeases();
  Register("workers/a");
  EXPECT_EQ(LeaseOne("workers/a").data_fingerprint(), "9dd1");
  EXPECT_EQ(Lease("workers/b").size(), 0);
  EXPECT_EQ(scheduler_->workers().at("workers/b").data(0).fingerprint(),
            "5521");
  // Mended, and started anew.
  Register("workers/b");
  EXPECT_EQ(Lease("workers/b").size(), 1);
}

TEST_F(Faults, AWorkerThatSeesThatItsDataAreOthersIsSetAsideAtOnce) {
  const std::string name = Create();
  Register();
  auto request = Fault(LeaseOne(), v1::ReleaseTrialRequest::OTHER_DATA);
  request.set_data_fingerprint("5521");
  ASSERT_TRUE(Do(&Scheduler::ReleaseTrial, request).ok());
  EXPECT_TRUE(GetCampaign(name).set_aside(0).has_until());
  EXPECT_EQ(Lease("workers/a").size(), 0);
}

TEST_F(Faults, LostMachinesAndLostTrainersAreCountedApart) {
  Create();
  Register();
  const v1::Lease lease = LeaseOne();
  ASSERT_TRUE(Do(&Scheduler::ReleaseTrial,
                 Fault(lease, v1::ReleaseTrialRequest::TRAINER_LOST))
                  .ok());
  Register("workers/b");
  ASSERT_EQ(LeaseOne("workers/b").trial().name(), lease.trial().name());
  clock_.Advance(kLease);
  scheduler_->ExpireLeases();
  const v1::Trial& trial = Get(lease.trial().name());
  EXPECT_EQ(trial.lost_leases(), 2);
  EXPECT_EQ(trial.lost_trainers(), 1);
}

// Its trainer dies at the begin of each run: a library is missing there, or its
// memory is another's.
TEST_F(Faults, AWorkerThatLosesEveryTrainerFailsNoTrialAsLongAsAnotherWorks) {
  const std::string name = Create();
  Register("workers/a");
  Register("workers/b");
  int lost = 0;
  for (int minute = 0; minute < 300; ++minute) {
    // It is connected, and busy with one trial for hours.
    Register("workers/b");
    for (const v1::Lease& lease : Lease("workers/a", 64)) {
      ++lost;
      ASSERT_EQ(Do(&Scheduler::ReleaseTrial,
                   Fault(lease, v1::ReleaseTrialRequest::TRAINER_LOST))
                    ->state(),
                v1::Trial::PENDING);
    }
    clock_.Advance(absl::Minutes(1));
    scheduler_->ExpireLeases();
  }
  EXPECT_GT(lost, 8);  // it is tried again
  EXPECT_LT(lost, 20);
  EXPECT_EQ(GetCampaign(name).trial_counts().failed(), 0);
  EXPECT_THAT(GetCampaign(name).set_aside(0).reason(), HasSubstr("not there"));
  for (int round = 0; round < 100; ++round) {
    for (const v1::Lease& lease : Lease("workers/b", 64)) {
      ASSERT_TRUE(
          Do(&Scheduler::CompleteTrial, Success(lease, LossOf(lease.trial())))
              .ok());
    }
  }
  EXPECT_EQ(GetCampaign(name).state(), v1::Campaign::COMPLETED);
}

// Nobody else can tell whether it is the worker or the trials.
TEST_F(Faults, TrialsThatKillEveryTrainerFailInTheEndWhereNobodyElseWorks) {
  const std::string name = Create();
  Register("workers/a");
  for (int minute = 0; minute < 3000 && !HasEnded(GetCampaign(name));
       ++minute) {
    for (const v1::Lease& lease : Lease("workers/a", 64)) {
      ASSERT_TRUE(Do(&Scheduler::ReleaseTrial,
                     Fault(lease, v1::ReleaseTrialRequest::TRAINER_LOST))
                      .ok());
    }
    clock_.Advance(absl::Minutes(1));
    scheduler_->ExpireLeases();
  }
  EXPECT_EQ(GetCampaign(name).state(), v1::Campaign::INCOMPLETE);
  EXPECT_THAT(GetCampaign(name).missing(), HasSubstr("not there"));
}

TEST_F(Faults, ADrainedWorkerGetsNothingUntilItRegistersAnew) {
  Create();
  Register();
  const v1::Lease lease = LeaseOne();
  v1::DrainWorkerRequest drain;
  drain.set_name("workers/none");
  Refused(Code::kNotFound, &Scheduler::DrainWorker, drain);
  drain.set_name("workers/a");
  const int64_t offers = scheduler_->offers();
  ASSERT_TRUE(Do(&Scheduler::DrainWorker, drain).ok());
  EXPECT_GT(scheduler_->offers(), offers);  // its call that waits is answered
  v1::LeaseTrialsRequest request;
  request.set_worker("workers/a");
  request.set_max_trials(1);
  const auto none = Do(&Scheduler::LeaseTrials, request);
  EXPECT_TRUE(none->drain());
  EXPECT_TRUE(none->work_left());
  EXPECT_EQ(none->leases_size(), 0);
  // What it trains it ends.
  EXPECT_TRUE(Do(&Scheduler::CompleteTrial, Success(lease)).ok());
  Register();
  EXPECT_EQ(Lease("workers/a").size(), 1);
}

// Its process may have been told to end already, and cannot be called back.
TEST_F(Faults, AWorkerThatDrainsIsNotReadmittedButOneThatHasDrainedIs) {
  const std::string name = Create();
  Register();
  for (int i = 0; i < 3; ++i) GiveBack();
  v1::DrainWorkerRequest drain;
  drain.set_name("workers/a");
  ASSERT_TRUE(Do(&Scheduler::DrainWorker, drain).ok());
  v1::ReadmitWorkerRequest request;
  request.set_name("workers/a");
  EXPECT_THAT(
      Refused(Code::kFailedPrecondition, &Scheduler::ReadmitWorker, request),
      HasSubstr("workers/a drains: it ends what it trains, and its process "
                "exits; start it again"));
  EXPECT_EQ(GetCampaign(name).set_aside_size(), 1);
  // Its process has ended: what it did wrong may be forgiven before the next.
  clock_.Advance(2 * kLease);
  ASSERT_TRUE(Do(&Scheduler::ReadmitWorker, request).ok());
  EXPECT_EQ(GetCampaign(name).set_aside_size(), 0);
  EXPECT_EQ(Lease("workers/a").size(), 0);
  Register();
  EXPECT_EQ(Lease("workers/a").size(), 1);
}

TEST_F(Faults, AWorkerIsForgottenOnceItIsSilentAndHoldsNothing) {
  Create();
  Register();
  v1::DeleteWorkerRequest request;
  request.set_name("workers/a");
  EXPECT_THAT(
      Refused(Code::kFailedPrecondition, &Scheduler::DeleteWorker, request),
      HasSubstr("is online"));
  clock_.Advance(2 * kLease);
  const v1::Lease lease = [&] {
    Register();
    return LeaseOne();
  }();
  EXPECT_THAT(
      Refused(Code::kFailedPrecondition, &Scheduler::DeleteWorker, request),
      HasSubstr("holds a lease on"));
  clock_.Advance(2 * kLease);
  scheduler_->ExpireLeases();
  Commit();
  ASSERT_TRUE(Do(&Scheduler::DeleteWorker, request).ok());
  EXPECT_EQ(store_.ListWorkers({})->size(), 0);
  Refused(Code::kNotFound, &Scheduler::DeleteWorker, request);
}

TEST_F(Faults, AReadmittedWorkerMayHaveTheTrialsThatItGaveBack) {
  Create();
  Register();
  const std::string name = GiveBack();
  v1::ReadmitWorkerRequest request;
  request.set_name("workers/a");
  ASSERT_TRUE(Do(&Scheduler::ReadmitWorker, request).ok());
  EXPECT_TRUE(Get(name).avoided().empty());
  EXPECT_EQ(LeaseOne().trial().name(), name);
}

TEST_F(Faults, SoItMayAfterARestartAndAnotherIsAvoidedAsBefore) {
  Create();
  Register();
  Register("workers/b");
  const std::string name = GiveBack();
  ASSERT_EQ(GiveBack("workers/b"), name);
  Restart();
  v1::ReadmitWorkerRequest request;
  request.set_name("workers/a");
  ASSERT_TRUE(Do(&Scheduler::ReadmitWorker, request).ok());
  ASSERT_EQ(Get(name).avoided_size(), 1);
  EXPECT_EQ(Get(name).avoided(0).worker(), "workers/b");
  request.set_name("workers/b");
  ASSERT_TRUE(Do(&Scheduler::ReadmitWorker, request).ok());
  EXPECT_TRUE(Get(name).avoided().empty());
}

// The first result was of the wrong data.
TEST_F(Faults, ACampaignWithoutAResultThatCountsTakesOtherData) {
  const std::string campaign = Create();
  Register("workers/broken");
  for (int i = 0; i < 3; ++i) GiveBack("workers/broken");
  Register("workers/wrong");
  const v1::Lease wrong = LeaseOne("workers/wrong");
  ASSERT_TRUE(Do(&Scheduler::CompleteTrial, SuccessOn(wrong, "aa")).ok());
  EXPECT_EQ(GetCampaign(campaign).data_fingerprint(), "aa");
  Register("workers/right");
  const v1::Lease refused = LeaseOne("workers/right");
  ASSERT_TRUE(Do(&Scheduler::CompleteTrial, SuccessOn(refused, "bb")).ok());
  EXPECT_EQ(Get(refused.trial().name()).state(), v1::Trial::PENDING);
  v1::ExcludeTrialRequest exclude;
  exclude.set_name(wrong.trial().name());
  exclude.set_reason("wrong corpus");
  ASSERT_TRUE(Do(&Scheduler::ExcludeTrial, exclude).ok());
  EXPECT_EQ(GetCampaign(campaign).data_fingerprint(), "");
  // Its data were no fault; what another did wrong was.
  ASSERT_EQ(GetCampaign(campaign).set_aside_size(), 1);
  EXPECT_EQ(GetCampaign(campaign).set_aside(0).worker(), "workers/broken");
  const v1::Lease right = LeaseOne("workers/right");
  ASSERT_TRUE(Do(&Scheduler::CompleteTrial, SuccessOn(right, "bb")).ok());
  EXPECT_EQ(GetCampaign(campaign).data_fingerprint(), "bb");
  // The wrong one does not come back among the right.
  v1::IncludeTrialRequest include;
  include.set_name(wrong.trial().name());
  EXPECT_THAT(
      Refused(Code::kFailedPrecondition, &Scheduler::IncludeTrial, include),
      HasSubstr("was trained on data aa"));
  EXPECT_TRUE(Get(wrong.trial().name()).excluded());
}

}  // namespace
}  // namespace isoshape
