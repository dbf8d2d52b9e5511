// Trials that wait for one worker alone.
#include <string>
#include <vector>

#include "coordinator/services/worker_reads.h"
#include "tests/coordinator/scheduler/trials_fixture.h"

namespace isoshape {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Code = absl::StatusCode;

class Reserved : public Trials {
 protected:
  static v1::CreateTrialRequest ReserveFor(const std::string& campaign,
                                           const std::string& worker,
                                           int64_t seed = 100) {
    v1::CreateTrialRequest request;
    request.set_parent(campaign);
    v1::Trial& trial = *request.mutable_trial();
    trial.mutable_shape()->set_depth(2);
    trial.mutable_shape()->set_width(64);
    trial.set_budget_flops(2.5e11);
    trial.set_seed(seed);
    trial.set_purpose(v1::Trial::VERIFICATION);
    trial.set_reserved_worker(worker);
    return request;
  }
  std::string Reserve(const std::string& campaign, const std::string& worker,
                      int64_t seed = 100) {
    const auto created =
        Do(&Scheduler::CreateTrial, ReserveFor(campaign, worker, seed));
    EXPECT_TRUE(created.ok()) << created.status();
    return created.ok() ? created->name() : "";
  }
  std::vector<std::string> NamesOfAll(const std::string& worker) {
    std::vector<std::string> names;
    for (const v1::Lease& lease : Lease(worker, 64)) {
      names.push_back(lease.trial().name());
    }
    return names;
  }
};

TEST_F(Reserved, ATrialGoesToItsWorkerAloneAndToThatFirst) {
  const std::string name = Create(OneBudget());
  Register("workers/a");
  Register("workers/b");
  const std::string reserved = Reserve(name, "workers/b");
  EXPECT_EQ(store_.GetTrial(reserved)->reserved_worker(), "workers/b");
  EXPECT_EQ(LeaseOne("workers/b").trial().name(), reserved);
  EXPECT_EQ(NamesOfAll("workers/a").size(), 3u);  // the campaign's own
}

// Others train the rest; it waits for this one alone.
TEST_F(Reserved, ItGoesBeforeTheBalanceBetweenCampaigns) {
  v1::Campaign many = OneBudget();
  many.mutable_algorithm()->mutable_sobol()->set_trials_per_budget(8);
  const std::string busy = Create(many);
  Register("workers/a");
  Register("workers/b");
  ASSERT_EQ(NamesOfAll("workers/a").size(), 8u);
  const std::string idle = Create(many);
  const std::string reserved = Reserve(busy, "workers/b");
  EXPECT_EQ(LeaseOne("workers/b").trial().name(), reserved);
  EXPECT_THAT(LeaseOne("workers/b").trial().name(), HasSubstr(idle + "/"));
  // If two campaigns wait for it, the one with fewer runs is first.
  Reserve(busy, "workers/b", 101);
  const std::string fewer = Reserve(idle, "workers/b", 102);
  EXPECT_EQ(LeaseOne("workers/b").trial().name(), fewer);
}

TEST_F(Reserved, ItWaitsForAWorkerThatIsNotKnownYet) {
  const std::string name = Create(OneBudget());
  Register("workers/a");
  const std::string reserved = Reserve(name, "workers/late");
  TrainAll();
  EXPECT_EQ(Get(reserved).state(), v1::Trial::PENDING);
  EXPECT_EQ(GetCampaign(name).state(), v1::Campaign::RUNNING);
  Restart();
  EXPECT_THAT(NamesOfAll("workers/a"), IsEmpty());
  // A worker that names no data gets it too, and nothing else.
  Create(OneBudget());
  Register("workers/late", 0, {});
  EXPECT_THAT(NamesOfAll("workers/late"), ElementsAre(reserved));
}

TEST_F(Reserved, ANameThatIsNoneIsRefused) {
  const std::string name = Create(OneBudget());
  EXPECT_THAT(Refused(Code::kInvalidArgument, &Scheduler::CreateTrial,
                      ReserveFor(name, "w1")),
              HasSubstr("trial.reserved_worker: "));
}

TEST_F(Reserved, OnlyItsWorkerIsAskedWhenItComes) {
  const std::string name = Create(OneBudget());
  Register("workers/a");
  Register("workers/b");
  while (!NamesOfAll("workers/a").empty()) {
  }
  EXPECT_THAT(NamesOfAll("workers/b"), IsEmpty());
  ASSERT_FALSE(scheduler_->MayFind("workers/a"));
  ASSERT_FALSE(scheduler_->MayFind("workers/b"));
  Reserve(name, "workers/b");
  EXPECT_FALSE(scheduler_->MayFind("workers/a"));
  EXPECT_TRUE(scheduler_->MayFind("workers/b"));
}

TEST_F(Reserved, WhatIsLostOrTriedAgainStaysReserved) {
  const std::string name = Create(OneBudget());
  Register("workers/a");
  Register("workers/b");
  const std::string reserved = Reserve(name, "workers/b");
  const v1::Lease lost = LeaseOne("workers/b");
  clock_.Advance(kLease);
  TrainAll();
  EXPECT_EQ(Get(reserved).state(), v1::Trial::PENDING);
  // Its worker was only slow.
  EXPECT_TRUE(Do(&Scheduler::Heartbeat, For<v1::HeartbeatRequest>(lost)).ok());
  auto stopped = For<v1::CompleteTrialRequest>(lost);
  stopped.set_state(v1::Trial::STOPPED);
  ASSERT_TRUE(Do(&Scheduler::CompleteTrial, stopped).ok());
  ASSERT_TRUE(Retry(reserved).ok());
  EXPECT_EQ(Get(reserved).reserved_worker(), "workers/b");
  EXPECT_THAT(NamesOfAll("workers/a"), IsEmpty());
  EXPECT_THAT(NamesOfAll("workers/b"), ElementsAre(reserved));
}

TEST_F(Reserved, ReplicasAreOfOneReservation) {
  v1::Campaign campaign = OneBudget();
  campaign.set_seeds(2);
  const std::string name = Create(campaign);
  Register("workers/b");
  // One of each seed is reserved, and of the same shape as the others.
  const std::string first = Reserve(name, "workers/b", 100);
  const std::string second = Reserve(name, "workers/b", 101);
  Reserve(name, "workers/other", 102);
  Reserve(name, "", 103);
  v1::LeaseTrialsRequest request;
  request.set_worker("workers/b");
  request.set_max_trials(1);
  request.set_replicas(8);
  std::vector<std::string> names;
  for (const v1::Lease& lease : Lease(request)) {
    names.push_back(lease.trial().name());
  }
  EXPECT_THAT(names, ElementsAre(first, second));
}

// Nobody else can try it, so that a loss is the trial's, and memory that is too
// small a result, though others of the campaign work.
TEST_F(Reserved, ItsLossesCountThoughOthersWork) {
  const std::string name = Create(OneBudget());
  Register("workers/a");
  Register("workers/b", 0, {});
  const std::string reserved = Reserve(name, "workers/b");
  for (int i = 0; i < 3; ++i) {
    const v1::Lease lease = LeaseOne("workers/b");
    auto release = For<v1::ReleaseTrialRequest>(lease);
    release.set_cause(v1::ReleaseTrialRequest::TRAINER_LOST);
    ASSERT_TRUE(Do(&Scheduler::ReleaseTrial, release).ok());
    clock_.Advance(absl::Hours(2));
    Register("workers/a");
  }
  EXPECT_EQ(Get(reserved).state(), v1::Trial::FAILED);
  EXPECT_EQ(Get(reserved).failure(), v1::Trial::LOST);
  const std::string large = Reserve(name, "workers/b", 101);
  const v1::Lease lease = LeaseOne("workers/b");
  ASSERT_EQ(lease.trial().name(), large);
  ASSERT_TRUE(
      Do(&Scheduler::CompleteTrial, Failure(lease, v1::Trial::OUT_OF_MEMORY))
          .ok());
  EXPECT_EQ(Get(large).state(), v1::Trial::FAILED);
}

TEST_F(Reserved, DeletingTheWorkerCancelsWhatWaitsForIt) {
  const std::string name = Create(OneBudget());
  Register("workers/a");
  const std::string typo = Reserve(name, "workers/tpyo");
  const std::string gone = Reserve(name, "workers/gone", 101);
  Register("workers/gone");
  TrainAll();
  v1::DeleteWorkerRequest request;
  request.set_name("workers/gone");
  // It is online.
  Refused(Code::kFailedPrecondition, &Scheduler::DeleteWorker, request);
  clock_.Advance(2 * kLease);
  ASSERT_TRUE(Do(&Scheduler::DeleteWorker, request).ok());
  EXPECT_EQ(store_.GetTrial(gone)->state(), v1::Trial::CANCELLED);
  EXPECT_THAT(store_.GetTrial(gone)->error(), HasSubstr("workers/gone"));
  EXPECT_EQ(GetCampaign(name).state(), v1::Campaign::RUNNING);
  // One that was never there.
  request.set_name("workers/tpyo");
  ASSERT_TRUE(Do(&Scheduler::DeleteWorker, request).ok());
  EXPECT_EQ(Get(typo).state(), v1::Trial::CANCELLED);
  EXPECT_EQ(GetCampaign(name).state(), v1::Campaign::COMPLETED);
  request.set_name("workers/nobody");
  Refused(Code::kNotFound, &Scheduler::DeleteWorker, request);
}

// A command that trains one trial left a row for good: it may be forgotten as
// soon as it holds nothing, and what waits for it is cancelled.
TEST_F(Reserved, ACommandOfOneTrialIsForgottenAtOnce) {
  const std::string name = Create(OneBudget());
  const std::string command = "workers/train-0123456789abcdef";
  const std::string first = Reserve(name, command);
  Register(command);
  ASSERT_EQ(LeaseOne(command).trial().name(), first);
  v1::DeleteWorkerRequest request;
  request.set_name(command);
  EXPECT_THAT(
      Refused(Code::kFailedPrecondition, &Scheduler::DeleteWorker, request),
      HasSubstr("holds a lease on"));
  clock_.Advance(2 * kLease);
  scheduler_->ExpireLeases();
  Commit();
  Register(command);
  ASSERT_TRUE(Do(&Scheduler::DeleteWorker, request).ok());
  EXPECT_EQ(store_.GetTrial(first)->state(), v1::Trial::CANCELLED);
  EXPECT_EQ(store_.ListWorkers({})->size(), 0);
}

// The id of a worker without a name is HOSTNAME-PID, and hosts may be called
// train-03: it was taken for such a command.
TEST_F(Reserved, AWorkerOfAHostOfThatNameIsNone) {
  const std::string host = "workers/train-03-123";
  Register(host);
  v1::DeleteWorkerRequest request;
  request.set_name(host);
  EXPECT_THAT(
      Refused(Code::kFailedPrecondition, &Scheduler::DeleteWorker, request),
      HasSubstr("is online"));
  clock_.Advance(2 * kLease);
  const auto listed = ReadWorkers(store_, {}, clock_.Now(), kLease);
  ASSERT_TRUE(listed.ok()) << listed.status();
  ASSERT_EQ(listed->workers_size(), 1);
  EXPECT_EQ(listed->workers(0).name(), host);
  EXPECT_EQ(listed->workers(0).state(), v1::Worker::OFFLINE);
}

}  // namespace
}  // namespace isoshape
