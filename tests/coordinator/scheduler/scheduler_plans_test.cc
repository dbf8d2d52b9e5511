// Plans that are made beside the scheduler.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "messages/trial/lifecycle.h"
#include "messages/trial/measured_points.h"
#include "tests/coordinator/scheduler/scheduler_fixture.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class PlansTest : public SchedulerTest {
 protected:
  PlansTest() { RestartApart(); }

  void RestartApart() {
    auto loaded = Scheduler::Load({.store = &store_,
                                   .clock = &clock_,
                                   .lease_duration = kLease,
                                   .plans_apart = true});
    ASSERT_TRUE(loaded.ok()) << loaded.status();
    scheduler_ = *std::move(loaded);
  }
  // Trains what can be leased; returns how many that were.
  int TrainAll() {
    v1::LeaseTrialsRequest request;
    request.set_worker("workers/a");
    request.set_max_trials(64);
    const auto leased = Do(&Scheduler::LeaseTrials, request);
    EXPECT_TRUE(leased.ok()) << leased.status();
    work_left_ = leased->work_left();
    for (const v1::Lease& lease : leased->leases()) {
      auto complete = For<v1::CompleteTrialRequest>(lease);
      complete.set_state(v1::Trial::SUCCEEDED);
      complete.mutable_shape_card()->set_validation_loss(LossOf(lease.trial()));
      EXPECT_TRUE(Do(&Scheduler::CompleteTrial, complete).ok());
    }
    return leased->leases_size();
  }
  void MakePlans() {
    for (const PlanOrder& order : scheduler_->TakePlanOrders()) {
      scheduler_->TakePlan(order, PlanTrials(order.input));
      Commit();
    }
  }
  const CampaignState& State(const std::string& name) {
    return scheduler_->campaigns().at(name);
  }
  bool work_left_ = false;
};

TEST_F(PlansTest, ResultsAreTakenBeforeThePlanThatTheyAskFor) {
  const std::string name = Create();
  Register();
  EXPECT_EQ(TrainAll(), 3);
  EXPECT_EQ(State(name).campaign.trial_counts().succeeded(), 3);
  EXPECT_EQ(State(name).campaign.trial_counts().pending(), 0);
  // All that there is has ended, and the campaign has not.
  EXPECT_EQ(TrainAll(), 0);
  EXPECT_TRUE(work_left_);
  EXPECT_EQ(State(name).campaign.state(), v1::Campaign::RUNNING);
  MakePlans();
  EXPECT_GT(State(name).campaign.trial_counts().pending(), 0);
  for (int i = 0; i < 100 && IsLive(State(name).campaign); ++i) {
    TrainAll();
    MakePlans();
  }
  EXPECT_EQ(State(name).campaign.state(), v1::Campaign::COMPLETED);
  EXPECT_EQ(TrainAll(), 0);
  EXPECT_FALSE(work_left_);
}

TEST_F(PlansTest, ExpectedFlopsAreThoseOfAllTrialsAtTheEnd) {
  const std::string name = Create();
  Register();
  MakePlans();
  const auto planned = [&] {
    double flops = 0;
    for (const v1::Trial& trial : State(name).trials) {
      flops += PlannedFlops(trial);
    }
    return flops;
  };
  ASSERT_TRUE(State(name).campaign.has_expected_flops());
  const double first = State(name).campaign.expected_flops();
  EXPECT_GT(first, planned());
  while (IsLive(State(name).campaign)) {
    if (State(name).campaign.has_expected_flops()) {
      EXPECT_GE(State(name).campaign.expected_flops(), planned() * (1 - 1e-9));
    }
    TrainAll();
    MakePlans();
  }
  EXPECT_NEAR(State(name).campaign.expected_flops(), planned(),
              1e-9 * planned());
  EXPECT_NEAR(first / planned(), 1, 0.5);
  // One that a user adds is one more.
  v1::CreateTrialRequest request;
  request.set_parent(name);
  request.mutable_trial()->set_budget_flops(2.5e11);
  request.mutable_trial()->mutable_shape()->set_depth(3);
  request.mutable_trial()->mutable_shape()->set_width(48);
  ASSERT_TRUE(Do(&Scheduler::CreateTrial, request).ok());
  EXPECT_NEAR(State(name).campaign.expected_flops(), planned(),
              1e-9 * planned());
}

// The campaign that another begins from is read as it was when that one was
// created, whatever comes after, and after a restart too.
class PriorsTest : public PlansTest {
 protected:
  static v1::Campaign Optimum(const std::vector<std::string>& priors) {
    v1::Campaign campaign;
    campaign.set_target_flops(1e13);
    v1::OptimumAlgorithm& optimum =
        *campaign.mutable_algorithm()->mutable_optimum();
    optimum.set_min_budget(2.5e11);
    optimum.set_max_budget(2.5e12);
    for (const std::string& name : priors) optimum.add_priors(name);
    return campaign;
  }
  v1::CreateCampaignRequest RequestWith(
      const std::vector<std::string>& priors) {
    v1::CreateCampaignRequest request;
    *request.mutable_campaign() = Optimum(priors);
    return request;
  }
  std::vector<PriorRun> PriorsOfNextPlan(const std::string& name) {
    v1::UpdateCampaignRequest request;
    request.mutable_campaign()->set_name(name);
    request.mutable_campaign()->set_target_flops(2e13);
    request.mutable_update_mask()->add_paths("target_flops");
    const auto order = scheduler_->OrderUpdate(request);
    return order ? order->input.priors : std::vector<PriorRun>();
  }
};

TEST_F(PriorsTest, AreTheResultsOfTheTimeOfCreation) {
  const std::string earlier = Create();
  Register();
  const int trained = TrainAll();
  ASSERT_GT(trained, 0);
  clock_.Advance(absl::Seconds(1));
  const std::string name = Create(Optimum({earlier}));
  EXPECT_THAT(State(name).campaign.planner_note(),
              HasSubstr(absl::StrCat("; begins from ", trained,
                                     " results of 1 earlier campaign")));
  EXPECT_THAT(PriorsOfNextPlan(name), SizeIs(trained));
  clock_.Advance(absl::Seconds(1));
  MakePlans();
  TrainAll();
  EXPECT_THAT(PriorsOfNextPlan(name), SizeIs(trained));
  RestartApart();
  EXPECT_THAT(PriorsOfNextPlan(name), SizeIs(trained));
}

TEST_F(PriorsTest, RefusesCampaignsThatAreNotThereOrHaveNoResult) {
  EXPECT_EQ(Refused(absl::StatusCode::kNotFound, &Scheduler::CreateCampaign,
                    RequestWith({"campaigns/none"})),
            "algorithm.optimum.priors: there is no campaign campaigns/none; "
            "leave it out");
  EXPECT_THAT(Refused(absl::StatusCode::kInvalidArgument,
                      &Scheduler::CreateCampaign, RequestWith({"none"})),
              HasSubstr("algorithm.optimum.priors: "));
  const std::string empty = Create();
  EXPECT_EQ(Refused(absl::StatusCode::kFailedPrecondition,
                    &Scheduler::CreateCampaign, RequestWith({empty})),
            absl::StrCat("algorithm.optimum.priors: ", empty,
                         " has no result; wait for some, or leave it out"));
  EXPECT_THAT(
      Refused(absl::StatusCode::kInvalidArgument, &Scheduler::CreateCampaign,
              RequestWith(std::vector<std::string>(11, empty))),
      HasSubstr("algorithm.optimum.priors has 11 campaigns; give at most 10"));
}

TEST_F(PriorsTest, ACampaignThatAnotherBeginsFromIsNotDeletedInPassing) {
  const std::string earlier = Create();
  Register();
  TrainAll();
  const std::string name = Create(Optimum({earlier}));
  v1::CancelCampaignRequest cancel;
  cancel.set_name(earlier);
  ASSERT_TRUE(Do(&Scheduler::CancelCampaign, cancel).ok());
  v1::DeleteCampaignRequest request;
  request.set_name(earlier);
  EXPECT_EQ(Refused(absl::StatusCode::kFailedPrecondition,
                    &Scheduler::DeleteCampaign, request),
            absl::StrCat(earlier, " cannot be deleted: ", name,
                         " begins from its results; wait until that has ended, "
                         "or set force"));
  request.set_force(true);
  ASSERT_TRUE(Do(&Scheduler::DeleteCampaign, request).ok());
  TrainAll();
  MakePlans();
  EXPECT_THAT(State(name).campaign.planner_note(),
              HasSubstr("; its prior has no result any more"));
}

TEST_F(PlansTest, TheLastWordOfACampaignIsNotThatItWaits) {
  v1::Campaign campaign;
  campaign.add_budgets(2.5e11);
  campaign.mutable_space()->set_max_depth(8);
  campaign.mutable_space()->set_max_width(256);
  campaign.mutable_algorithm()->mutable_sobol()->set_trials_per_budget(3);
  const std::string name = Create(campaign);
  EXPECT_THAT(State(name).campaign.planner_note(), HasSubstr("waiting for"));
  Register();
  TrainAll();
  MakePlans();
  EXPECT_EQ(State(name).campaign.state(), v1::Campaign::COMPLETED);
  EXPECT_EQ(State(name).campaign.planner_note().find("waiting"),
            std::string::npos)
      << State(name).campaign.planner_note();
}

TEST_F(PlansTest, TheSameTrialsComeAsWithPlansInPlace) {
  const std::string apart = Create(SmallCampaign(), "apart");
  Register();
  while (IsLive(State(apart).campaign)) {
    TrainAll();
    MakePlans();
  }
  Restart();
  const std::string in_place = Create(SmallCampaign(), "in-place");
  while (IsLive(State(in_place).campaign)) TrainAll();
  const auto runs = [this](const std::string& name) {
    std::multiset<std::string> runs;
    for (const v1::Trial& trial : TrialsOf(name)) {
      runs.insert(absl::StrCat(trial.shape().ShortDebugString(), " ",
                               trial.budget_flops(), " ", trial.seed()));
    }
    return runs;
  };
  EXPECT_EQ(runs(apart), runs(in_place));
}

TEST_F(PlansTest, ACampaignIsGivenOutOnceUntilItsPlanIsBack) {
  const std::string name = Create();
  Register();
  TrainAll();
  const auto orders = scheduler_->TakePlanOrders();
  ASSERT_THAT(orders, SizeIs(1));
  EXPECT_EQ(orders[0].campaign, name);
  EXPECT_EQ(orders[0].input.trials, 3);
  EXPECT_THAT(scheduler_->TakePlanOrders(), IsEmpty());
}

TEST_F(PlansTest, ATrialThatWasAddedMeanwhileIsNotProposedAgain) {
  const std::string name = Create();
  Register();
  TrainAll();
  const auto orders = scheduler_->TakePlanOrders();
  ASSERT_THAT(orders, SizeIs(1));
  const auto plan = PlanTrials(orders[0].input);
  ASSERT_TRUE(plan.ok() && !plan->trials.empty()) << plan.status();
  v1::CreateTrialRequest add;
  add.set_parent(name);
  *add.mutable_trial()->mutable_shape() = plan->trials[0].shape();
  add.mutable_trial()->set_budget_flops(plan->trials[0].budget_flops());
  ASSERT_TRUE(Do(&Scheduler::CreateTrial, add).ok());
  scheduler_->TakePlan(orders[0], plan);
  Commit();
  EXPECT_EQ(State(name).campaign.trial_counts().pending(),
            static_cast<int>(plan->trials.size()));
}

TEST_F(PlansTest, APlanForWhatIsNoLongerAskedForIsDropped) {
  const std::string name = Create();
  Register();
  TrainAll();
  const auto orders = scheduler_->TakePlanOrders();
  ASSERT_THAT(orders, SizeIs(1));
  v1::UpdateCampaignRequest update;
  update.mutable_campaign()->set_name(name);
  update.mutable_campaign()->set_seeds(2);
  update.mutable_update_mask()->add_paths("seeds");
  ASSERT_TRUE(Do(&Scheduler::UpdateCampaign, update).ok());
  const int pending = State(name).campaign.trial_counts().pending();
  EXPECT_GT(pending, 0);
  scheduler_->TakePlan(orders[0], PlanTrials(orders[0].input));
  EXPECT_EQ(State(name).campaign.trial_counts().pending(), pending);
}

// Another change came between: the plan is made anew, and until it is there the
// note of what was asked before is not told as that of now.
TEST_F(PlansTest, AChangeWhosePlanNoLongerHoldsIsPlannedAnew) {
  const std::string name = Create();
  ASSERT_NE(State(name).campaign.planner_note(), "");
  const auto seeds = [&](int count) {
    v1::UpdateCampaignRequest update;
    update.mutable_campaign()->set_name(name);
    update.mutable_campaign()->set_seeds(count);
    update.mutable_update_mask()->add_paths("seeds");
    return update;
  };
  UpdatePlan made = {.order = scheduler_->OrderUpdate(seeds(3))};
  ASSERT_TRUE(made.order.has_value());
  made.plan = PlanTrials(made.order->input);
  ASSERT_TRUE(Do(&Scheduler::UpdateCampaign, seeds(2)).ok());
  EXPECT_EQ(State(name).campaign.trial_counts().pending(), 6);
  ASSERT_TRUE(scheduler_->UpdateCampaign(seeds(3), made).ok());
  Commit();
  EXPECT_EQ(State(name).campaign.trial_counts().pending(), 6);
  EXPECT_EQ(State(name).campaign.planner_note(), "");
  MakePlans();
  EXPECT_EQ(State(name).campaign.trial_counts().pending(), 9);
  EXPECT_NE(State(name).campaign.planner_note(), "");
}

TEST_F(PlansTest, APlanForACampaignThatIsGoneChangesNothing) {
  const std::string name = Create(SmallCampaign(), "same");
  Register();
  TrainAll();
  const auto orders = scheduler_->TakePlanOrders();
  ASSERT_THAT(orders, SizeIs(1));
  v1::DeleteCampaignRequest remove;
  remove.set_name(name);
  remove.set_force(true);
  ASSERT_TRUE(Do(&Scheduler::DeleteCampaign, remove).ok());
  scheduler_->TakePlan(orders[0], PlanTrials(orders[0].input));
  EXPECT_THAT(scheduler_->campaigns(), IsEmpty());
  // Nor for another of its name.
  Create(SmallCampaign(), "same");
  scheduler_->TakePlan(orders[0], PlanTrials(orders[0].input));
  EXPECT_EQ(State(name).campaign.trial_counts().pending(), 3);
}

TEST_F(PlansTest, ManyTrialsAreAddedBitByBitAndCountFromTheBeginning) {
  v1::Campaign campaign = SmallCampaign();
  campaign.mutable_algorithm()->mutable_grid()->set_sizes(10);
  campaign.set_seeds(100);
  v1::CreateCampaignRequest request;
  *request.mutable_campaign() = campaign;
  const auto created = Do(&Scheduler::CreateCampaign, request);
  ASSERT_TRUE(created.ok()) << created.status();
  const int all = created->trial_counts().pending();
  ASSERT_GT(all, 600);
  const auto added = [&] { return State(created->name()).trials.size(); };
  EXPECT_LT(added(), 300u);
  EXPECT_LE(scheduler_->NextDeadline(), clock_.Elapsed());  // there is more
  // What was not added yet comes again after a crash.
  RestartApart();
  MakePlans();
  for (int i = 0; i < 10; ++i) scheduler_->AddProposed();
  Commit();
  EXPECT_EQ(added(), static_cast<size_t>(all));
  EXPECT_GT(scheduler_->NextDeadline(), clock_.Elapsed());
}

TEST_F(PlansTest, ACoordinatorThatComesBackPlansUponTheLastResults) {
  const std::string name = Create();
  Register();
  TrainAll();
  RestartApart();
  MakePlans();
  EXPECT_GT(State(name).campaign.trial_counts().pending(), 0);
}

}  // namespace
}  // namespace isoshape
