#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "messages/json/proto_time.h"
#include "messages/shape/shape_proto.h"
#include "shape/accounting.h"
#include "tests/coordinator/scheduler/scheduler_fixture.h"

namespace isoshape {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Code = absl::StatusCode;

// Who is given which trials, and what a request that comes twice is given.
using Grants = SchedulerTest;

TEST_F(Grants, AWorkerGetsANameWhereItBringsNone) {
  EXPECT_EQ(Register(""), "workers/w1");
  EXPECT_EQ(Register("workers/w2"), "workers/w2");
  EXPECT_EQ(Register(""), "workers/w3");
  Restart();
  EXPECT_EQ(Register(""), "workers/w4");
}

TEST_F(Grants, RegisteringSaysHowLongALeaseLives) {
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

TEST_F(Grants, AMalformedWorkerIsRefused) {
  const auto with = [](auto change) {
    v1::RegisterWorkerRequest request;
    change(*request.mutable_worker());
    return request;
  };
  Refused(Code::kInvalidArgument, &Scheduler::RegisterWorker,
          with([](auto& w) { w.set_name("a"); }));
  Refused(Code::kInvalidArgument, &Scheduler::RegisterWorker,
          with([](auto& w) { w.set_slots(-1); }));
  EXPECT_EQ(Refused(Code::kInvalidArgument, &Scheduler::RegisterWorker,
                    with([](auto& w) { w.set_memory_limit_bytes(-1); })),
            "worker.memory_limit_bytes -1 is out of range; give 0 to "
            "1000000000000000000");
  Refused(Code::kInvalidArgument, &Scheduler::RegisterWorker,
          with([](auto& w) { w.set_memory_limit_bytes(INT64_MAX); }));
  Refused(Code::kInvalidArgument, &Scheduler::RegisterWorker,
          with([](auto& w) { w.add_datasets("/etc/passwd"); }));
}

TEST_F(Grants, AnUnknownWorkerMustRegisterFirst) {
  v1::LeaseTrialsRequest request;
  request.set_worker("workers/a");
  request.set_max_trials(1);
  EXPECT_THAT(Refused(Code::kNotFound, &Scheduler::LeaseTrials, request),
              HasSubstr("register"));
}

TEST_F(Grants, RangesOfTheRequestAreChecked) {
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

TEST_F(Grants, GeneratedTasksGoToWorkersWhoseTrainersMakeThem) {
  v1::Campaign campaign = SmallCampaign();
  campaign.set_dataset("synthetic:markov,order=2");
  Create(campaign);
  Register("workers/reads", 0, {"text"});
  EXPECT_EQ(Lease("workers/reads").size(), 0u);
  Register("workers/makes", 0, {"synthetic"});
  const v1::Lease lease = LeaseOne("workers/makes");
  EXPECT_EQ(lease.dataset(), "synthetic:markov,order=2");
}

TEST_F(Grants, ALeaseCarriesAllThatIsNeededToTrain) {
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

TEST_F(Grants, NoTrialIsLeasedTwiceAtATime) {
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

TEST_F(Grants, OnlyAWorkerWithTheDataGetsTheTrial) {
  Create();
  Register("workers/b", 0, {"other"});
  EXPECT_TRUE(Lease("workers/b", 64).empty());
  const int64_t offers = scheduler_->offers();
  Register("workers/b", 0, {"other", "text"});
  EXPECT_GT(scheduler_->offers(), offers);
  EXPECT_EQ(Lease("workers/b", 64).size(), 3);
}

TEST_F(Grants, OnlyTrialsThatFitTheWorkersMemoryAreGiven) {
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

TEST_F(Grants, CampaignsShareTheWorkersEvenly) {
  const std::string a = Create();
  const std::string b = Create();
  Register();
  std::vector<std::string> parents;
  for (const v1::Lease& lease : Lease("workers/a", 4)) {
    parents.push_back(ParseTrialName(lease.trial().name())->campaign);
  }
  EXPECT_THAT(parents, ElementsAre(a, b, a, b));
}

TEST_F(Grants, ARequestSentAgainGetsTheSameLeases) {
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

TEST_F(Grants, ARequestSentAgainGetsOnlyTheLeasesThatAreStillValid) {
  Create();
  Register();
  const auto first = Lease("workers/a", 2, "r1");
  ASSERT_TRUE(Do(&Scheduler::CompleteTrial, Success(first[0])).ok());
  Restart();
  const auto again = Lease("workers/a", 2, "r1");
  ASSERT_EQ(again.size(), 1);
  EXPECT_EQ(again[0].trial().name(), first[1].trial().name());
  clock_.Advance(kLease);
  scheduler_->ExpireLeases();
  Commit();
  Register("workers/b");
  ASSERT_EQ(LeaseOne("workers/b").trial().name(), first[1].trial().name());
  EXPECT_TRUE(Lease("workers/a", 2, "r1").empty());
}

// However the lease ended, and whoever has the trial now.
TEST_F(Grants, ARequestSentAgainGivesNoLeaseThatIsOver) {
  const auto release = [this](const v1::Lease& lease,
                              v1::ReleaseTrialRequest::Cause cause) {
    auto request = For<v1::ReleaseTrialRequest>(lease);
    request.set_cause(cause);
    ASSERT_TRUE(Do(&Scheduler::ReleaseTrial, request).ok());
  };
  // Whether the worker is given the trial anew, by another request.
  const std::vector<std::pair<bool, std::function<void(const v1::Lease&)>>>
      ends = {
          {true,
           [&](const v1::Lease& lease) {
             release(lease, v1::ReleaseTrialRequest::CAUSE_UNSPECIFIED);
           }},
          {false,
           [&](const v1::Lease& lease) {
             release(lease, v1::ReleaseTrialRequest::TRAINER_LOST);
           }},
          {false,
           [&](const v1::Lease& lease) {
             release(lease, v1::ReleaseTrialRequest::WORKER_FAULT);
           }},
          {false,
           [&](const v1::Lease& lease) {
             ASSERT_TRUE(Do(&Scheduler::CompleteTrial, Success(lease)).ok());
           }},
          {true, [&](const v1::Lease&) { clock_.Advance(kLease); }},
      };
  for (size_t i = 0; i < 2 * ends.size(); ++i) {
    const auto& [given_anew, end] = ends[i / 2];
    Create();
    Register();
    const auto first = Lease("workers/a", 1, "r1");
    ASSERT_EQ(first.size(), 1);
    end(first[0]);
    std::vector<v1::Lease> anew;
    if (given_anew) {
      anew = Lease("workers/a", 1, "r2");
      ASSERT_EQ(anew.size(), 1);
      ASSERT_EQ(anew[0].trial().name(), first[0].trial().name());
      EXPECT_GT(anew[0].fencing_token(), first[0].fencing_token());
    }
    if (i % 2 == 1) Restart();
    EXPECT_TRUE(Lease("workers/a", 1, "r1").empty()) << i;
    Refused(Code::kFailedPrecondition, &Scheduler::Heartbeat,
            For<v1::HeartbeatRequest>(first[0]));
    for (const v1::Lease& lease : anew) {
      EXPECT_TRUE(
          Do(&Scheduler::Heartbeat, For<v1::HeartbeatRequest>(lease)).ok());
    }
    *data_ = {};
    Restart();
  }
}

// Its worker goes by that: it ends if nothing is left.
TEST_F(Grants, ARequestSentAgainWhoseLeasesAreOverSaysWhatIsLeft) {
  const std::string campaign = Create();
  Register();
  v1::LeaseTrialsRequest request;
  request.set_worker("workers/a");
  request.set_max_trials(1);
  request.set_request_id("r1");
  const std::vector<v1::Lease> first = Lease(request);
  ASSERT_EQ(first.size(), 1);
  ASSERT_TRUE(Do(&Scheduler::CompleteTrial, Success(first[0])).ok());
  const auto again = Do(&Scheduler::LeaseTrials, request);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->leases_size(), 0);
  EXPECT_TRUE(again->work_left());
  EXPECT_FALSE(again->drain());
  v1::DrainWorkerRequest drain;
  drain.set_name("workers/a");
  ASSERT_TRUE(Do(&Scheduler::DrainWorker, drain).ok());
  const auto told = Do(&Scheduler::LeaseTrials, request);
  ASSERT_TRUE(told.ok()) << told.status();
  EXPECT_TRUE(told->drain());
  EXPECT_TRUE(told->work_left());
  v1::CancelCampaignRequest cancel;
  cancel.set_name(campaign);
  ASSERT_TRUE(Do(&Scheduler::CancelCampaign, cancel).ok());
  const auto last = Do(&Scheduler::LeaseTrials, request);
  ASSERT_TRUE(last.ok()) << last.status();
  EXPECT_FALSE(last->work_left());
}

// As a worker that drains may ask whether a call was granted something while
// its slots hand back what they train. It hands that back in turn.
TEST_F(Grants, WhatWasHandedBackMeanwhileIsGivenByANewToken) {
  Create();
  Register();
  const auto held = Lease("workers/a", 3, "r1");
  ASSERT_EQ(held.size(), 3);
  ASSERT_TRUE(Lease("workers/a", 1, "r2").empty());
  ASSERT_TRUE(
      Do(&Scheduler::ReleaseTrial, For<v1::ReleaseTrialRequest>(held[0])).ok());
  const auto given = Lease("workers/a", 1, "r2");
  ASSERT_EQ(given.size(), 1);
  EXPECT_EQ(given[0].trial().name(), held[0].trial().name());
  EXPECT_GT(given[0].fencing_token(), held[2].fencing_token());
  Refused(Code::kFailedPrecondition, &Scheduler::Heartbeat,
          For<v1::HeartbeatRequest>(held[0]));
  // The answer of before is no answer to the newer request, nor the other way.
  EXPECT_EQ(Lease("workers/a", 3, "r1").size(), 2);
  EXPECT_EQ(Lease("workers/a", 1, "r2")[0].fencing_token(),
            given[0].fencing_token());
  ASSERT_TRUE(
      Do(&Scheduler::ReleaseTrial, For<v1::ReleaseTrialRequest>(given[0]))
          .ok());
  EXPECT_TRUE(Lease("workers/a", 1, "r2").empty());
}

TEST_F(Grants, ARequestThatGotNothingMayBeSentAgainAndGetSomething) {
  Register();
  EXPECT_TRUE(Lease("workers/a", 1, "r1").empty());
  Create();
  EXPECT_EQ(Lease("workers/a", 1, "r1").size(), 1);
}

TEST_F(Grants, AReusedRequestIdOfOtherContentIsRefused) {
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

TEST_F(Grants, AfterARestartWorkersHaveAFullLeaseToComeBack) {
  Create();
  Register();
  const v1::Lease lease = LeaseOne();
  clock_.Advance(absl::Hours(2));  // the coordinator was down
  Restart();
  EXPECT_EQ(scheduler_->NextDeadline(), clock_.Elapsed() + kLease);
  EXPECT_TRUE(Do(&Scheduler::CompleteTrial, Success(lease)).ok());
}

TEST_F(Grants, TokensGoOnGrowingAfterARestart) {
  Create();
  Register();
  const int64_t before = LeaseOne().fencing_token();
  Restart();
  EXPECT_GT(LeaseOne().fencing_token(), before);
}

TEST_F(Grants, ReRegisteringKeepsTheLeases) {
  Create();
  Register();
  const v1::Lease lease = LeaseOne();
  Register();
  EXPECT_THAT(StoredTrials("workers/a"), ElementsAre(lease.trial().name()));
  EXPECT_TRUE(Do(&Scheduler::Heartbeat, For<v1::HeartbeatRequest>(lease)).ok());
}

}  // namespace
}  // namespace isoshape
