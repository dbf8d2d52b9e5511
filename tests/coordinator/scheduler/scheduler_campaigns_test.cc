#include <string>

#include "messages/trial/measured_points.h"
#include "tests/coordinator/scheduler/scheduler_fixture.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Code = absl::StatusCode;

class CampaignVerbs : public SchedulerTest {
 protected:
  template <typename Request>
  static Request Named(const std::string& name,
                       const std::string& request_id = "") {
    Request request;
    request.set_name(name);
    request.set_request_id(request_id);
    return request;
  }
  v1::Campaign::State StateOf(const std::string& name) {
    return GetCampaign(name).state();
  }
  void Pause(const std::string& name) {
    EXPECT_TRUE(
        Do(&Scheduler::PauseCampaign, Named<v1::PauseCampaignRequest>(name))
            .ok());
  }
  void Cancel(const std::string& name) {
    EXPECT_TRUE(
        Do(&Scheduler::CancelCampaign, Named<v1::CancelCampaignRequest>(name))
            .ok());
  }
  // Trains everything there is until nothing is pending.
  int TrainAll(const std::string& worker) {
    int trained = 0;
    while (true) {
      const std::vector<v1::Lease> leases = Lease(worker);
      if (leases.empty()) return trained;
      const auto done = Do(&Scheduler::CompleteTrial,
                           Success(leases[0], LossOf(leases[0].trial())));
      EXPECT_TRUE(done.ok()) << done.status();
      if (!done.ok()) return trained;
      ++trained;
    }
  }
  v1::CreateTrialRequest UserTrial(const std::string& parent) {
    v1::CreateTrialRequest request;
    request.set_parent(parent);
    request.mutable_trial()->mutable_shape()->set_depth(2);
    request.mutable_trial()->mutable_shape()->set_width(64);
    request.mutable_trial()->set_budget_flops(2e12);
    request.mutable_trial()->set_purpose(v1::Trial::VERIFICATION);
    return request;
  }
};

TEST_F(CampaignVerbs, CreatingProposesTheFirstTrialsAndStoresDefaults) {
  const std::string name = Create();
  EXPECT_EQ(name, "campaigns/c1");
  const v1::Campaign stored = *store_.GetCampaign(name);
  EXPECT_EQ(stored.state(), v1::Campaign::RUNNING);
  EXPECT_EQ(stored.trial_counts().pending(), 3);
  EXPECT_EQ(stored.recipe().tokens_per_step(), 2048);
  EXPECT_THAT(stored.planner_note(), HasSubstr("waiting for 3 trials"));
  const v1::Trial trial = *store_.GetTrial(MakeTrialName(name, 1));
  EXPECT_EQ(trial.state(), v1::Trial::PENDING);
  EXPECT_EQ(trial.tokens(), trial.steps() * 2048);
  EXPECT_NEAR(PlannedFlops(trial), 2.5e11, 2.5e11 * 0.05);
  EXPECT_NE(trial.reason(), "");
}

TEST_F(CampaignVerbs, AnIdIsTakenAsGivenAndOnlyOnce) {
  EXPECT_EQ(Create(SmallCampaign(), "mine"), "campaigns/mine");
  v1::CreateCampaignRequest request;
  *request.mutable_campaign() = SmallCampaign();
  request.set_campaign_id("mine");
  EXPECT_THAT(
      Refused(Code::kAlreadyExists, &Scheduler::CreateCampaign, request),
      HasSubstr("campaigns/mine"));
  request.set_campaign_id("no/slash");
  Refused(Code::kInvalidArgument, &Scheduler::CreateCampaign, request);
}

TEST_F(CampaignVerbs, ChosenNamesDoNotComeBackAfterDeletionAndRestart) {
  const std::string first = Create();
  auto remove = Named<v1::DeleteCampaignRequest>(first);
  remove.set_force(true);
  ASSERT_TRUE(Do(&Scheduler::DeleteCampaign, remove).ok());
  Restart();
  EXPECT_EQ(Create(), "campaigns/c2");
}

TEST_F(CampaignVerbs, ValidatingOnlyFillsDefaultsAndStoresNothing) {
  v1::CreateCampaignRequest request;
  *request.mutable_campaign() = SmallCampaign();
  request.set_validate_only(true);
  request.set_request_id("r");
  const auto checked = scheduler_->CreateCampaign(request);
  ASSERT_TRUE(checked.ok()) << checked.status();
  EXPECT_EQ(checked->seeds(), 1);
  EXPECT_THAT(checked->planner_note(), HasSubstr("3 trials would be proposed"));
  EXPECT_EQ(checked->trial_counts().pending(), 3);
  EXPECT_EQ(scheduler_->TakeMutations().size(), 0);
}

TEST_F(CampaignVerbs, ABudgetTooSmallForAnyShapeIsRefusedWithTheReason) {
  v1::CreateCampaignRequest request;
  *request.mutable_campaign() = SmallCampaign();
  request.mutable_campaign()->set_budgets(0, 1000);
  EXPECT_THAT(
      Refused(Code::kFailedPrecondition, &Scheduler::CreateCampaign, request),
      HasSubstr("too small for any shape"));
}

TEST_F(CampaignVerbs, TotalFlopsTooSmallForATrialIsRefusedWithTheReason) {
  v1::CreateCampaignRequest request;
  *request.mutable_campaign() = SmallCampaign();
  request.mutable_campaign()->set_total_flops(1e11);
  EXPECT_THAT(
      Refused(Code::kFailedPrecondition, &Scheduler::CreateCampaign, request),
      HasSubstr("total_flops 1e11"));
}

TEST_F(CampaignVerbs, TheGridIsTrainedToItsEndAndTheCampaignCompletes) {
  const std::string name = Create();
  Register();
  const int trained = TrainAll("workers/a");
  EXPECT_EQ(StateOf(name), v1::Campaign::COMPLETED);
  const v1::Campaign stored = *store_.GetCampaign(name);
  EXPECT_EQ(stored.trial_counts().succeeded(), trained);
  EXPECT_GE(trained, 6);  // three sizes at each of two budgets
  EXPECT_EQ(stored.trial_counts().pending() + stored.trial_counts().leased(),
            0);
  EXPECT_TRUE(stored.has_end_time());
  EXPECT_THAT(stored.planner_note(), HasSubstr("budget 7.5e11"));
  // Smaller budgets went first.
  double before = 0;
  for (const auto& [key, trial] : data_->trials) {
    EXPECT_GE(trial.budget_flops(), before);
    before = trial.budget_flops();
  }
}

TEST_F(CampaignVerbs, SobolIsTrainedToItsEndToo) {
  v1::Campaign campaign = SmallCampaign();
  campaign.mutable_algorithm()->mutable_sobol()->set_trials_per_budget(4);
  const std::string name = Create(campaign);
  Register();
  EXPECT_EQ(TrainAll("workers/a"), 8);
  EXPECT_EQ(StateOf(name), v1::Campaign::COMPLETED);
}

TEST_F(CampaignVerbs, TotalFlopsEndsTheProposalsAndTheCampaignCompletes) {
  v1::Campaign campaign = SmallCampaign();
  campaign.set_total_flops(1e12);  // three trials of 2.5e11, none of 7.5e11
  const std::string name = Create(campaign);
  Register();
  EXPECT_EQ(TrainAll("workers/a"), 3);
  EXPECT_EQ(StateOf(name), v1::Campaign::COMPLETED);
  EXPECT_THAT(GetCampaign(name).planner_note(),
              HasSubstr("stopped by total_flops"));
}

TEST_F(CampaignVerbs, TheBatchGrowsWithTheBudgetInWholeSequences) {
  v1::Campaign campaign = SmallCampaign();
  campaign.mutable_recipe()->set_batch_exponent(0.5);
  const std::string name = Create(campaign);
  Register();
  TrainAll("workers/a");
  for (const v1::Trial& trial : scheduler_->campaigns().at(name).trials) {
    // 2048 sqrt(3) = 3547 = 27.7 sequences of 128.
    EXPECT_EQ(trial.tokens_per_step(),
              trial.budget_flops() == 2.5e11 ? 2048 : 28 * 128);
  }
}

TEST_F(CampaignVerbs, WhileItIsPausedNothingIsLeasedAndWhatRunsGoesOn) {
  const std::string name = Create();
  Register();
  const v1::Lease lease = LeaseOne();
  Pause(name);
  EXPECT_TRUE(Lease("workers/a", 10).empty());
  const auto beat = Do(&Scheduler::Heartbeat, For<v1::HeartbeatRequest>(lease));
  ASSERT_TRUE(beat.ok());
  EXPECT_EQ(beat->directive(), v1::DIRECTIVE_CONTINUE);
  EXPECT_TRUE(Do(&Scheduler::CompleteTrial, Success(lease)).ok());
  Restart();
  EXPECT_TRUE(Lease("workers/a", 10).empty());
  Pause(name);  // again: no error
  ASSERT_TRUE(
      Do(&Scheduler::ResumeCampaign, Named<v1::ResumeCampaignRequest>(name))
          .ok());
  EXPECT_EQ(Lease("workers/a", 10).size(), 2);
}

TEST_F(CampaignVerbs,
       CancellingEndsWhatWaitsAtOnceAndWhatRunsWhenItsWorkerObeys) {
  const std::string name = Create();
  Register();
  const v1::Lease lease = LeaseOne();
  Cancel(name);
  EXPECT_EQ(GetCampaign(name).trial_counts().cancelled(), 2);
  EXPECT_EQ(GetCampaign(name).trial_counts().leased(), 1);
  const auto beat = Do(&Scheduler::Heartbeat, For<v1::HeartbeatRequest>(lease));
  ASSERT_TRUE(beat.ok());
  EXPECT_EQ(beat->directive(), v1::DIRECTIVE_STOP);
  auto report = For<v1::ReportMeasurementsRequest>(lease);
  report.add_measurements()->set_step(1);
  EXPECT_EQ(Do(&Scheduler::ReportMeasurements, report)->directive(),
            v1::DIRECTIVE_STOP);
  auto stopped = For<v1::CompleteTrialRequest>(lease);
  stopped.set_state(v1::Trial::STOPPED);
  EXPECT_EQ(Do(&Scheduler::CompleteTrial, stopped)->state(),
            v1::Trial::CANCELLED);
  EXPECT_EQ(GetCampaign(name).trial_counts().cancelled(), 3);
  EXPECT_EQ(StateOf(name), v1::Campaign::CANCELLED);
}

TEST_F(CampaignVerbs, AResultThatCameBeforeTheStopIsKept) {
  const std::string name = Create();
  Register();
  const v1::Lease lease = LeaseOne();
  Cancel(name);
  EXPECT_EQ(Do(&Scheduler::CompleteTrial, Success(lease))->state(),
            v1::Trial::SUCCEEDED);
}

TEST_F(CampaignVerbs, ALostLeaseOfACancelledCampaignIsCancelled) {
  const std::string name = Create();
  Register();
  const v1::Lease lease = LeaseOne();
  Cancel(name);
  clock_.Advance(kLease);
  scheduler_->ExpireLeases();
  Commit();
  EXPECT_EQ(store_.GetTrial(lease.trial().name())->state(),
            v1::Trial::CANCELLED);
}

TEST_F(CampaignVerbs, FinalStatesRefuseTheVerbsThatTheProtoSays) {
  const std::string done = Create();
  Register();
  TrainAll("workers/a");
  Refused(Code::kFailedPrecondition, &Scheduler::PauseCampaign,
          Named<v1::PauseCampaignRequest>(done));
  Refused(Code::kFailedPrecondition, &Scheduler::ResumeCampaign,
          Named<v1::ResumeCampaignRequest>(done));
  Refused(Code::kFailedPrecondition, &Scheduler::CancelCampaign,
          Named<v1::CancelCampaignRequest>(done));
  const std::string cancelled = Create();
  Cancel(cancelled);
  Cancel(cancelled);  // again: no error
  Refused(Code::kFailedPrecondition, &Scheduler::PauseCampaign,
          Named<v1::PauseCampaignRequest>(cancelled));
  Refused(Code::kFailedPrecondition, &Scheduler::ResumeCampaign,
          Named<v1::ResumeCampaignRequest>(cancelled));
  Refused(Code::kFailedPrecondition, &Scheduler::CreateTrial,
          UserTrial(cancelled));
}

TEST_F(CampaignVerbs, AnUnknownOrMalformedNameIsToldApart) {
  Refused(Code::kNotFound, &Scheduler::PauseCampaign,
          Named<v1::PauseCampaignRequest>("campaigns/none"));
  Refused(Code::kInvalidArgument, &Scheduler::PauseCampaign,
          Named<v1::PauseCampaignRequest>("c1"));
  Refused(Code::kNotFound, &Scheduler::CreateTrial,
          UserTrial("campaigns/none"));
}

TEST_F(CampaignVerbs, DeletingARunningCampaignNeedsForceAndForgetsItsLeases) {
  const std::string name = Create();
  Register();
  const v1::Lease lease = LeaseOne();
  auto remove = Named<v1::DeleteCampaignRequest>(name, "r1");
  Refused(Code::kFailedPrecondition, &Scheduler::DeleteCampaign, remove);
  remove.set_force(true);
  ASSERT_TRUE(Do(&Scheduler::DeleteCampaign, remove).ok());
  Refused(Code::kNotFound, &Scheduler::Heartbeat,
          For<v1::HeartbeatRequest>(lease));
  Refused(Code::kNotFound, &Scheduler::CompleteTrial, Success(lease));
  EXPECT_EQ(scheduler_->NextDeadline(), absl::InfiniteDuration());
  EXPECT_THAT(StoredTrials("workers/a"), IsEmpty());
  EXPECT_EQ(data_->trials.size(), 0);
  // Sent again it gets the same answer, though the campaign is gone.
  EXPECT_TRUE(Do(&Scheduler::DeleteCampaign, remove).ok());
}

TEST_F(CampaignVerbs, CreatingAndDeletingInOneCommitLeavesNothing) {
  v1::CreateCampaignRequest create;
  *create.mutable_campaign() = SmallCampaign();
  create.set_campaign_id("x");
  ASSERT_TRUE(scheduler_->CreateCampaign(create).ok());
  auto remove = Named<v1::DeleteCampaignRequest>("campaigns/x");
  remove.set_force(true);
  ASSERT_TRUE(scheduler_->DeleteCampaign(remove).ok());
  ASSERT_TRUE(scheduler_->CreateCampaign(create).ok());
  Commit();
  EXPECT_EQ(store_.GetCampaign("campaigns/x")->trial_counts().pending(), 3);
  EXPECT_EQ(store_.ListTrials("campaigns/x", std::nullopt, {})->size(), 3);
}

TEST_F(CampaignVerbs, ATrialOfTheUsersOwnMakesACompletedCampaignRunAgain) {
  const std::string name = Create();
  Register();
  TrainAll("workers/a");
  const auto added = Do(&Scheduler::CreateTrial, UserTrial(name));
  ASSERT_TRUE(added.ok()) << added.status();
  EXPECT_EQ(added->state(), v1::Trial::PENDING);
  EXPECT_EQ(added->purpose(), v1::Trial::VERIFICATION);
  EXPECT_EQ(added->shape().head_dim(), 16);    // of the campaign
  EXPECT_EQ(added->shape().ffn_width(), 168);  // 64 x 8/3, a multiple of 8
  EXPECT_EQ(StateOf(name), v1::Campaign::RUNNING);
  EXPECT_FALSE(store_.GetCampaign(name)->has_end_time());
  Restart();
  EXPECT_EQ(TrainAll("workers/a"), 1);
  EXPECT_EQ(StateOf(name), v1::Campaign::COMPLETED);
}

TEST_F(CampaignVerbs, ATrialOutsideTheSpaceOrMalformedIsRefused) {
  const std::string name = Create();
  const auto with = [&](auto change) {
    v1::CreateTrialRequest request = UserTrial(name);
    change(*request.mutable_trial());
    return request;
  };
  EXPECT_THAT(Refused(Code::kInvalidArgument, &Scheduler::CreateTrial,
                      with([](auto& t) { t.mutable_shape()->set_width(100); })),
              HasSubstr("not a multiple of head_dim 16"));
  EXPECT_THAT(Refused(Code::kInvalidArgument, &Scheduler::CreateTrial,
                      with([](auto& t) { t.set_budget_flops(NAN); })),
              HasSubstr("budget_flops"));
  Refused(Code::kInvalidArgument, &Scheduler::CreateTrial,
          with([](auto& t) { t.clear_shape(); }));
  Refused(Code::kInvalidArgument, &Scheduler::CreateTrial,
          with([](auto& t) { t.set_seed(-1); }));
  Refused(Code::kInvalidArgument, &Scheduler::CreateTrial,
          with([](auto& t) { t.set_budget_flops(1e300); }));
  EXPECT_THAT(Refused(Code::kFailedPrecondition, &Scheduler::CreateTrial,
                      with([](auto& t) { t.mutable_shape()->set_depth(9); })),
              HasSubstr("depth 9 is outside the bounds 1 to 8"));
  Refused(Code::kFailedPrecondition, &Scheduler::CreateTrial,
          with([](auto& t) { t.set_budget_flops(1e6); }));
  Refused(Code::kFailedPrecondition, &Scheduler::CreateTrial,
          with([](auto& t) { t.mutable_shape()->set_context(256); }));
}

TEST_F(CampaignVerbs, EveryChangeIsAnEventInOrder) {
  const std::string name = Create();
  Register();
  const v1::Lease lease = LeaseOne();
  ASSERT_TRUE(Do(&Scheduler::CompleteTrial, Success(lease)).ok());
  const auto events = *store_.ListEvents(name, {});
  ASSERT_GE(events.size(), 6);
  EXPECT_EQ(events[0].kind(), v1::CampaignEvent::CAMPAIGN_CHANGED);
  EXPECT_EQ(events[3].trial_counts().pending(), 3);
  EXPECT_EQ(events[4].trial_state(), v1::Trial::LEASED);
  EXPECT_EQ(events[4].trial_counts().leased(), 1);
  EXPECT_EQ(events[5].trial_state(), v1::Trial::SUCCEEDED);
  EXPECT_EQ(events[5].trial(), lease.trial().name());
  int64_t before = 0;
  for (const v1::CampaignEvent& event : events) {
    EXPECT_GT(event.sequence(), before);
    before = event.sequence();
    EXPECT_NE(event.message(), "");
  }
}

TEST_F(CampaignVerbs, IfEveryTrialFailsTheCampaignEndsIncompleteAndSaysWhy) {
  const std::string name = Create();
  Register();
  for (int i = 0; i < 20; ++i) {
    const std::vector<v1::Lease> leases = Lease("workers/a");
    if (leases.empty()) break;
    auto failed = For<v1::CompleteTrialRequest>(leases[0]);
    failed.set_state(v1::Trial::FAILED);
    failed.set_error("out of memory");
    ASSERT_TRUE(Do(&Scheduler::CompleteTrial, failed).ok());
  }
  EXPECT_EQ(StateOf(name), v1::Campaign::INCOMPLETE);
  EXPECT_EQ(GetCampaign(name).trial_counts().failed(), 3);
  EXPECT_THAT(GetCampaign(name).missing(),
              HasSubstr("3 of 3 trials have no result (trials/"));
  EXPECT_THAT(GetCampaign(name).planner_note(), HasSubstr("without a loss"));
}

}  // namespace
}  // namespace isoshape
