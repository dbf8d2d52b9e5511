// Trials can be mended, and ends are what they say.
#include <string>
#include <utility>
#include <vector>

#include "tests/coordinator/scheduler/trials_fixture.h"

namespace isoshape {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Code = absl::StatusCode;

TEST_F(Trials, ACampaignThatLacksAResultIsIncompleteAndSaysWhich) {
  const std::string name = Create(OneBudget());
  Register();
  TrainAll([](const v1::Lease& lease) {
    return Failure(lease, v1::Trial::INVALID);
  });
  const v1::Campaign& ended = GetCampaign(name);
  EXPECT_EQ(ended.state(), v1::Campaign::INCOMPLETE);
  EXPECT_TRUE(ended.has_end_time());
  EXPECT_THAT(ended.missing(), AllOf(HasSubstr("budget 2.5e11 FLOPs: 1 of "),
                                     HasSubstr("trials/1: no such norm")));
  EXPECT_EQ(Get(name + "/trials/1").failure(), v1::Trial::INVALID);
}

TEST_F(Trials, WhatTheShapeItselfCausedIsAResult) {
  const std::string name = Create(OneBudget());
  Register();
  TrainAll([](const v1::Lease& lease) {
    return Failure(lease, v1::Trial::OUT_OF_MEMORY);
  });
  EXPECT_EQ(GetCampaign(name).state(), v1::Campaign::COMPLETED);
  EXPECT_EQ(GetCampaign(name).missing(), "");
}

TEST_F(Trials, ABudgetWithoutAnyLossIsIncomplete) {
  const std::string name = Create(OneBudget());
  Register();
  for (const v1::Lease& lease : Lease("workers/a", 64)) {
    auto request = For<v1::CompleteTrialRequest>(lease);
    request.set_state(v1::Trial::DIVERGED);
    request.set_error("the loss rose");
    ASSERT_TRUE(Do(&Scheduler::CompleteTrial, request).ok());
  }
  EXPECT_EQ(GetCampaign(name).state(), v1::Campaign::INCOMPLETE);
  EXPECT_THAT(GetCampaign(name).missing(), HasSubstr("no trial has a loss"));
}

TEST_F(Trials, AFailedTrialIsTriedAgainAndCompletesItsCampaign) {
  const std::string name = Create(OneBudget());
  Register();
  TrainAll([](const v1::Lease& lease) {
    return Failure(lease, v1::Trial::INVALID);
  });
  const std::string failed = name + "/trials/1";
  const auto retried = Retry(failed);
  ASSERT_TRUE(retried.ok()) << retried.status();
  EXPECT_EQ(retried->state(), v1::Trial::PENDING);
  EXPECT_EQ(retried->retries(), 1);
  EXPECT_EQ(retried->error(), "");
  EXPECT_FALSE(retried->has_end_time());
  EXPECT_EQ(GetCampaign(name).state(), v1::Campaign::RUNNING);
  EXPECT_FALSE(GetCampaign(name).has_end_time());
  TrainAll();
  EXPECT_EQ(GetCampaign(name).state(), v1::Campaign::COMPLETED);
}

TEST_F(Trials, OnlyWhatEndedWithoutALossIsTriedAgain) {
  const std::string name = Create(OneBudget());
  Register();
  v1::RetryTrialRequest request;
  request.set_name(name + "/trials/1");
  EXPECT_THAT(
      Refused(Code::kFailedPrecondition, &Scheduler::RetryTrial, request),
      HasSubstr("is pending and cannot be tried again"));
  const v1::Lease lease = LeaseOne();
  EXPECT_THAT(
      Refused(Code::kFailedPrecondition, &Scheduler::RetryTrial, request),
      HasSubstr("is leased"));
  ASSERT_TRUE(Do(&Scheduler::CompleteTrial, Success(lease)).ok());
  EXPECT_THAT(
      Refused(Code::kFailedPrecondition, &Scheduler::RetryTrial, request),
      HasSubstr("exclude it, and create another"));
  request.set_name(name + "/trials/99");
  Refused(Code::kNotFound, &Scheduler::RetryTrial, request);
}

// Each has read the campaign before the other changed it.

// What is said of the search is said of the results that there are at the end.
TEST_F(Trials, TheNoteOfACampaignThatRanAgainIsThatOfItsResults) {
  Register();
  const std::string clean = Create(OneBudget());
  TrainAll();
  const std::string note = GetCampaign(clean).planner_note();
  const std::string mended = Create(OneBudget());
  TrainAll([](const v1::Lease& lease) {
    return Failure(lease, v1::Trial::INVALID);
  });
  ASSERT_NE(GetCampaign(mended).planner_note(), note);
  ASSERT_TRUE(Retry(mended + "/trials/1").ok());
  TrainAll();
  EXPECT_EQ(GetCampaign(mended).planner_note(), note);
  // The same where a result goes and comes back.
  ASSERT_TRUE(Exclude(mended + "/trials/2").ok());
  EXPECT_NE(GetCampaign(mended).planner_note(), note);
  ASSERT_TRUE(Include(mended + "/trials/2").ok());
  EXPECT_EQ(GetCampaign(mended).planner_note(), note);
}

TEST_F(Trials, AnExcludedTrialIsKeptAndItsCampaignLacksIt) {
  const std::string name = Create(OneBudget());
  Register();
  TrainAll();
  ASSERT_EQ(GetCampaign(name).state(), v1::Campaign::COMPLETED);
  const std::string odd = name + "/trials/2";
  ASSERT_TRUE(Exclude(odd, "the wrong\ncorpus").ok());
  const v1::Trial excluded = *store_.GetTrial(odd);
  EXPECT_TRUE(excluded.excluded());
  EXPECT_EQ(excluded.exclusion_reason(), "the wrong corpus");
  EXPECT_EQ(excluded.state(), v1::Trial::SUCCEEDED);
  EXPECT_GT(excluded.shape_card().validation_loss(), 0);
  EXPECT_EQ(GetCampaign(name).state(), v1::Campaign::INCOMPLETE);
  EXPECT_THAT(GetCampaign(name).missing(),
              HasSubstr("trials/2: excluded: the wrong corpus"));
  ASSERT_TRUE(Include(odd).ok());
  ASSERT_TRUE(Include(odd).ok());  // again changes nothing
  EXPECT_EQ(GetCampaign(name).state(), v1::Campaign::COMPLETED);
  EXPECT_EQ(store_.GetTrial(odd)->exclusion_reason(), "");
}

TEST_F(Trials, ATrialOfOnesOwnTakesThePlaceOfAnExcludedOne) {
  const std::string name = Create(OneBudget());
  Register();
  TrainAll();
  const v1::Trial odd = Get(name + "/trials/2");
  ASSERT_TRUE(Exclude(odd.name()).ok());
  v1::CreateTrialRequest create;
  create.set_parent(name);
  *create.mutable_trial()->mutable_shape() = odd.shape();
  create.mutable_trial()->set_budget_flops(odd.budget_flops());
  ASSERT_TRUE(Do(&Scheduler::CreateTrial, create).ok());
  TrainAll();
  EXPECT_EQ(GetCampaign(name).state(), v1::Campaign::COMPLETED);
}

TEST_F(Trials, WhatHasNotEndedCannotBeExcludedAndAReasonIsNeeded) {
  const std::string name = Create(OneBudget());
  v1::ExcludeTrialRequest request;
  request.set_name(name + "/trials/1");
  request.set_reason(" ");
  EXPECT_THAT(
      Refused(Code::kInvalidArgument, &Scheduler::ExcludeTrial, request),
      HasSubstr("reason is empty"));
  request.set_reason("odd");
  EXPECT_THAT(
      Refused(Code::kFailedPrecondition, &Scheduler::ExcludeTrial, request),
      HasSubstr("has no result to exclude"));
  request.set_name(name + "/trials/77");
  Refused(Code::kNotFound, &Scheduler::ExcludeTrial, request);
}

TEST_F(Trials, ARunThatTakesTooLongIsStoppedAndFails) {
  v1::Campaign campaign = OneBudget();
  campaign.mutable_trial_timeout()->set_seconds(60);
  Create(campaign);
  Register();
  const v1::Lease lease = LeaseOne();
  for (int i = 0; i < 4; ++i) {
    const auto beat =
        Do(&Scheduler::Heartbeat, For<v1::HeartbeatRequest>(lease));
    EXPECT_EQ(beat->directive(), v1::DIRECTIVE_CONTINUE);
    clock_.Advance(absl::Seconds(20));
    clock_.Set(clock_.Now() + absl::Hours(24));  // the time of day is no matter
  }
  EXPECT_EQ(
      Do(&Scheduler::Heartbeat, For<v1::HeartbeatRequest>(lease))->directive(),
      v1::DIRECTIVE_STOP);
  auto stopped = For<v1::CompleteTrialRequest>(lease);
  stopped.set_state(v1::Trial::STOPPED);
  EXPECT_EQ(Do(&Scheduler::CompleteTrial, stopped)->state(), v1::Trial::FAILED);
  EXPECT_EQ(Get(lease.trial().name()).failure(), v1::Trial::TIMEOUT);
  EXPECT_THAT(Get(lease.trial().name()).error(),
              HasSubstr("longer than the trial timeout, 1m"));
}

TEST_F(Trials, ATrialLeasedAgainBeginsANewCurve) {
  Create(OneBudget());
  Register();
  const auto report = [&](const v1::Lease& lease,
                          const std::vector<int64_t>& steps,
                          int64_t start_step) {
    auto request = For<v1::ReportMeasurementsRequest>(lease);
    request.set_start_step(start_step);
    for (const int64_t step : steps) {
      request.add_measurements()->set_step(step);
    }
    return Do(&Scheduler::ReportMeasurements, request).status();
  };
  const auto curve = [&](const v1::Lease& lease) {
    const std::vector<v1::Measurement> points =
        store_.ListMeasurements(lease.trial().name(), {}).value();
    std::vector<int64_t> steps;
    for (const v1::Measurement& point : points) steps.push_back(point.step());
    return steps;
  };
  const v1::Lease first = LeaseOne();
  ASSERT_TRUE(report(first, {10, 20, 30, 40}, 0).ok());
  EXPECT_EQ(report(first, {50, 50}, 0).code(), Code::kInvalidArgument);
  EXPECT_EQ(report(first, {-1}, 0).code(), Code::kInvalidArgument);
  EXPECT_THAT(curve(first), ElementsAre(10, 20, 30, 40));
  const auto lose = [&](const v1::Lease& lease) {
    auto release = For<v1::ReleaseTrialRequest>(lease);
    ASSERT_TRUE(Do(&Scheduler::ReleaseTrial, release).ok());
  };
  lose(first);
  // From a checkpoint of step 20: what was measured behind it is given up.
  const v1::Lease resumed = LeaseOne();
  ASSERT_EQ(resumed.trial().name(), first.trial().name());
  EXPECT_EQ(report(resumed, {15}, 20).code(), Code::kInvalidArgument);
  ASSERT_TRUE(report(resumed, {25, 35}, 20).ok());
  EXPECT_THAT(curve(first), ElementsAre(10, 20, 25, 35));
  lose(resumed);
  // Anew.
  const v1::Lease anew = LeaseOne();
  ASSERT_TRUE(report(anew, {12}, 0).ok());
  EXPECT_THAT(curve(first), ElementsAre(12));
  lose(anew);
  // A run too short to be measured has none.
  auto done = Success(LeaseOne());
  ASSERT_TRUE(Do(&Scheduler::CompleteTrial, done).ok());
  EXPECT_THAT(curve(first), IsEmpty());
}

// Its loss would count as that of another seed.
TEST_F(Trials, TheSameRunTwiceIsRefused) {
  const std::string name = Create(OneBudget());
  const v1::Trial first = Get(name + "/trials/1");
  v1::CreateTrialRequest create;
  create.set_parent(name);
  *create.mutable_trial()->mutable_shape() = first.shape();
  create.mutable_trial()->set_budget_flops(first.budget_flops());
  EXPECT_THAT(Refused(Code::kAlreadyExists, &Scheduler::CreateTrial, create),
              HasSubstr(name + "/trials/1 is of this shape, budget and seed"));
  create.mutable_trial()->set_seed(7);
  EXPECT_TRUE(Do(&Scheduler::CreateTrial, create).ok());
}

}  // namespace
}  // namespace isoshape
