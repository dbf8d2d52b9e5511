#include <algorithm>
#include <set>
#include <string>

#include "messages/proto_time.h"
#include "messages/shape_proto.h"
#include "shape/accounting.h"
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

TEST_F(Leases, AWorkerGetsANameWhereItBringsNone) {
  EXPECT_EQ(Register(""), "workers/w1");
  EXPECT_EQ(Register("workers/w2"), "workers/w2");
  EXPECT_EQ(Register(""), "workers/w3");
  Restart();
  EXPECT_EQ(Register(""), "workers/w4");
}

TEST_F(Leases, RegisteringSaysHowLongALeaseLives) {
  v1::RegisterWorkerRequest request;
  request.mutable_worker()->set_name("workers/a");
  request.mutable_worker()->set_state(v1::Worker::OFFLINE);
  request.mutable_worker()->add_trials("campaigns/c1/trials/1");
  const auto answer = Do(&Scheduler::RegisterWorker, request);
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(FromProto(answer->lease_duration()), kLease);
  EXPECT_EQ(FromProto(answer->heartbeat_interval()), kLease / 3);
  EXPECT_EQ(answer->worker().slots(), 1);
  EXPECT_EQ(answer->worker().state(), v1::Worker::ONLINE);
  EXPECT_EQ(answer->worker().trials_size(), 0);  // output only
  EXPECT_EQ(FromProto(answer->worker().contact_time()), clock_.Now());
}

TEST_F(Leases, AMalformedWorkerIsRefused) {
  const auto with = [](auto change) {
    v1::RegisterWorkerRequest request;
    change(*request.mutable_worker());
    return request;
  };
  Refused(Code::kInvalidArgument, &Scheduler::RegisterWorker,
          with([](auto& w) { w.set_name("a"); }));
  Refused(Code::kInvalidArgument, &Scheduler::RegisterWorker,
          with([](auto& w) { w.set_slots(-1); }));
  Refused(Code::kInvalidArgument, &Scheduler::RegisterWorker,
          with([](auto& w) { w.set_memory_limit_bytes(-1); }));
  Refused(Code::kInvalidArgument, &Scheduler::RegisterWorker,
          with([](auto& w) { w.add_datasets("/etc/passwd"); }));
}

TEST_F(Leases, AnUnknownWorkerMustRegisterFirst) {
  v1::LeaseTrialsRequest request;
  request.set_worker("workers/a");
  request.set_max_trials(1);
  EXPECT_THAT(Refused(Code::kNotFound, &Scheduler::LeaseTrials, request),
              HasSubstr("register"));
}

TEST_F(Leases, RangesOfTheRequestAreChecked) {
  Register();
  v1::LeaseTrialsRequest request;
  request.set_worker("workers/a");
  for (const int max_trials : {-1, 0, 65}) {
    request.set_max_trials(max_trials);
    Refused(Code::kInvalidArgument, &Scheduler::LeaseTrials, request);
  }
  request.set_max_trials(1);
  for (const int64_t seconds : {-1, 61}) {
    request.mutable_wait()->set_seconds(seconds);
    Refused(Code::kInvalidArgument, &Scheduler::LeaseTrials, request);
  }
}

TEST_F(Leases, GeneratedTasksGoToWorkersWhoseTrainersMakeThem) {
  v1::Campaign campaign = SmallCampaign();
  campaign.set_dataset("synthetic:markov,order=2");
  Create(campaign);
  Register("workers/reads", 0, {"text"});
  EXPECT_EQ(Lease("workers/reads").size(), 0u);
  Register("workers/makes", 0, {"synthetic"});
  const v1::Lease lease = LeaseOne("workers/makes");
  EXPECT_EQ(lease.dataset(), "synthetic:markov,order=2");
}

TEST_F(Leases, ALeaseCarriesAllThatIsNeededToTrain) {
  const std::string name = Create();
  Register();
  const v1::Lease lease = LeaseOne();
  EXPECT_EQ(lease.trial().name(), MakeTrialName(name, 1));
  EXPECT_EQ(lease.trial().state(), v1::Trial::LEASED);
  EXPECT_EQ(lease.trial().worker(), "workers/a");
  EXPECT_EQ(lease.dataset(), "text");
  EXPECT_EQ(lease.recipe().learning_rate(), 0.005);
  EXPECT_EQ(lease.fencing_token(), lease.trial().fencing_token());
  EXPECT_EQ(FromProto(lease.expire_time()), clock_.Now() + kLease);
  const v1::Trial stored = *store_.GetTrial(lease.trial().name());
  EXPECT_EQ(stored.state(), v1::Trial::LEASED);
  EXPECT_EQ(stored.fencing_token(), lease.fencing_token());
  EXPECT_THAT(StoredTrials("workers/a"), ElementsAre(lease.trial().name()));
}

TEST_F(Leases, NoTrialIsLeasedTwiceAtATime) {
  Create();
  Register("workers/a");
  Register("workers/b");
  std::set<std::string> names;
  for (const char* worker : {"workers/a", "workers/b", "workers/a"}) {
    names.insert(LeaseOne(worker).trial().name());
  }
  EXPECT_EQ(names.size(), 3);
  EXPECT_TRUE(Lease("workers/b", 64).empty());
}

TEST_F(Leases, OnlyAWorkerWithTheDataGetsTheTrial) {
  Create();
  Register("workers/b", 0, {"other"});
  EXPECT_TRUE(Lease("workers/b", 64).empty());
  const int64_t offers = scheduler_->offers();
  Register("workers/b", 0, {"other", "text"});
  EXPECT_GT(scheduler_->offers(), offers);
  EXPECT_EQ(Lease("workers/b", 64).size(), 3);
}

TEST_F(Leases, OnlyTrialsThatFitTheWorkersMemoryAreGiven) {
  const std::string name = Create();
  std::vector<int64_t> needs;
  for (const v1::Trial& trial : scheduler_->campaigns().at(name).trials) {
    // Of one sequence at a time: a trainer splits a step that does not fit.
    EXPECT_GT(trial.tokens_per_step(), trial.shape().context());
    needs.push_back(EstimateTrainingMemory(FromProto(trial.shape()),
                                           trial.shape().context())
                        .total());
  }
  std::sort(needs.begin(), needs.end());
  Register("workers/a", needs[1]);
  EXPECT_EQ(Lease("workers/a", 64).size(), 2);
  EXPECT_TRUE(Lease("workers/a", 64).empty());
}

TEST_F(Leases, CampaignsShareTheWorkersEvenly) {
  const std::string a = Create();
  const std::string b = Create();
  Register();
  std::vector<std::string> parents;
  for (const v1::Lease& lease : Lease("workers/a", 4)) {
    parents.push_back(ParseTrialName(lease.trial().name())->campaign);
  }
  EXPECT_THAT(parents, ElementsAre(a, b, a, b));
}

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

TEST_F(Leases, ARequestSentAgainGetsTheSameLeases) {
  Create();
  Register();
  const auto first = Lease("workers/a", 2, "r1");
  clock_.Advance(absl::Seconds(5));
  const auto again = Lease("workers/a", 2, "r1");
  ASSERT_EQ(first.size(), 2);
  ASSERT_EQ(again.size(), 2);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(again[i].trial().name(), first[i].trial().name());
    EXPECT_EQ(again[i].fencing_token(), first[i].fencing_token());
  }
  EXPECT_EQ(Lease("workers/a", 2, "r2").size(), 1);
}

TEST_F(Leases, ARequestSentAgainGetsOnlyTheLeasesThatAreStillValid) {
  Create();
  Register();
  const auto first = Lease("workers/a", 2, "r1");
  ASSERT_TRUE(Do(&Scheduler::CompleteTrial, Success(first[0])).ok());
  Restart();
  const auto again = Lease("workers/a", 2, "r1");
  ASSERT_EQ(again.size(), 1);
  EXPECT_EQ(again[0].trial().name(), first[1].trial().name());
  Expire();
  Register("workers/b");
  ASSERT_EQ(LeaseOne("workers/b").trial().name(), first[1].trial().name());
  EXPECT_TRUE(Lease("workers/a", 2, "r1").empty());
}

TEST_F(Leases, ARequestThatGotNothingMayBeSentAgainAndGetSomething) {
  Register();
  EXPECT_TRUE(Lease("workers/a", 1, "r1").empty());
  Create();
  EXPECT_EQ(Lease("workers/a", 1, "r1").size(), 1);
}

TEST_F(Leases, AReusedRequestIdOfOtherContentIsRefused) {
  Create();
  Register();
  Lease("workers/a", 1, "r1");
  v1::LeaseTrialsRequest request;
  request.set_worker("workers/a");
  request.set_max_trials(2);
  request.set_request_id("r1");
  EXPECT_THAT(Refused(Code::kInvalidArgument, &Scheduler::LeaseTrials, request),
              HasSubstr("request_id 'r1'"));
}

TEST_F(Leases, AfterARestartWorkersHaveAFullLeaseToComeBack) {
  Create();
  Register();
  const v1::Lease lease = LeaseOne();
  clock_.Advance(absl::Hours(2));  // the coordinator was down
  Restart();
  EXPECT_EQ(scheduler_->NextDeadline(), clock_.Elapsed() + kLease);
  EXPECT_TRUE(Do(&Scheduler::CompleteTrial, Success(lease)).ok());
}

TEST_F(Leases, TokensGoOnGrowingAfterARestart) {
  Create();
  Register();
  const int64_t before = LeaseOne().fencing_token();
  Restart();
  EXPECT_GT(LeaseOne().fencing_token(), before);
}

TEST_F(Leases, ReRegisteringKeepsTheLeases) {
  Create();
  Register();
  const v1::Lease lease = LeaseOne();
  Register();
  EXPECT_THAT(StoredTrials("workers/a"), ElementsAre(lease.trial().name()));
  EXPECT_TRUE(Do(&Scheduler::Heartbeat, For<v1::HeartbeatRequest>(lease)).ok());
}

}  // namespace
}  // namespace isoshape
