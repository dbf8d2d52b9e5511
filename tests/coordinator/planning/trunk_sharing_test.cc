#include "coordinator/planning/trunk_sharing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "coordinator/analysis/campaign_results.h"
#include "coordinator/planning/campaign_defaults.h"
#include "coordinator/planning/plan_history.h"
#include "coordinator/planning/planner.h"
#include "messages/campaign/campaign_recipe.h"
#include "messages/campaign/campaign_space.h"
#include "messages/shape/shape_proto.h"
#include "messages/trial/measured_points.h"
#include "scaling/runs/run_clusters.h"
#include "shape/accounting.h"
#include "shape/schedule.h"
#include "shape/search_space.h"
#include "tests/coordinator/small_campaign.h"

namespace isoshape {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

v1::Campaign SharedCampaign(const std::vector<double>& budgets = {2.5e11,
                                                                  7.5e11}) {
  v1::Campaign campaign = SmallCampaign();
  campaign.mutable_budgets()->Assign(budgets.begin(), budgets.end());
  campaign.mutable_algorithm()->mutable_grid()->set_share_trunks(true);
  FillCampaignDefaults(&campaign);
  return campaign;
}

v1::Trial TrialAt(const v1::Campaign& campaign, int64_t depth, double budget,
                  int64_t seed = 0) {
  v1::Trial trial;
  *trial.mutable_shape() =
      ToProto(ShapeInSpace(SpaceOfCampaign(campaign), depth, 64));
  trial.set_budget_flops(budget);
  trial.set_seed(seed);
  trial.set_reason("why");
  EXPECT_TRUE(FillTrialFigures(campaign, &trial).ok());
  return trial;
}

std::vector<int64_t> BranchSteps(const v1::Trial& trial) {
  std::vector<int64_t> steps;
  for (const auto& branch : trial.branches()) steps.push_back(branch.steps());
  return steps;
}

TEST(TrunkSharingTest, OneTrialAtTheLargestBudgetOfAShapeAndSeed) {
  const v1::Campaign campaign = SharedCampaign({2.5e11, 7.5e11, 2.25e12});
  std::vector<v1::Trial> trials;
  for (const double budget : campaign.budgets()) {
    trials.push_back(TrialAt(campaign, 2, budget));
  }
  trials.push_back(TrialAt(campaign, 2, 7.5e11, /*seed=*/1));
  trials.push_back(TrialAt(campaign, 4, 2.5e11));
  trials.push_back(TrialAt(campaign, 4, 7.5e11));
  double alone = 0;
  for (const v1::Trial& trial : trials) alone += PlannedFlops(trial);

  const std::vector<v1::Trial> shared = ShareTrunks(campaign, trials);
  ASSERT_EQ(shared.size(), 3u);
  EXPECT_THAT(BranchSteps(shared[0]), ElementsAre());
  EXPECT_EQ(shared[0].seed(), 1);
  EXPECT_EQ(shared[0].reason(), "why");
  EXPECT_THAT(BranchSteps(shared[1]), ElementsAre(trials[4].steps()));
  EXPECT_EQ(shared[1].shape().depth(), 4);
  EXPECT_EQ(shared[1].budget_flops(), 7.5e11);
  const v1::Trial& trunk = shared[2];
  EXPECT_EQ(trunk.budget_flops(), 2.25e12);
  EXPECT_EQ(trunk.steps(), trials[2].steps());
  EXPECT_THAT(BranchSteps(trunk),
              ElementsAre(trials[0].steps(), trials[1].steps()));
  EXPECT_EQ(trunk.branches(0).budget_flops(), 2.5e11);
  EXPECT_EQ(trunk.branches(1).budget_flops(), 7.5e11);
  EXPECT_EQ(trunk.branches(1).tokens(), trials[1].tokens());
  EXPECT_EQ(trunk.reason(), "why; with a cooldown at 2.5e11 and 7.5e11 FLOPs");

  // What is spent: the trunks whole, and a fifth of each branch's steps.
  double flops = 0;
  for (const v1::Trial& trial : shared) {
    flops += static_cast<double>(trial.tokens()) * trial.flops_per_token();
    for (const v1::TrialBranch& branch : trial.branches()) {
      const auto cooldown =
          static_cast<double>(std::llround(0.2 * branch.steps()) * 2048);
      EXPECT_DOUBLE_EQ(branch.added_flops(),
                       cooldown * trial.flops_per_token());
      flops += branch.added_flops();
    }
  }
  double planned = 0;
  for (const v1::Trial& trial : shared) planned += PlannedFlops(trial);
  EXPECT_DOUBLE_EQ(planned, flops);
  EXPECT_LT(planned, 0.85 * alone);
}

TEST(TrunkSharingTest, WarmupIsTheSameNumberOfStepsAtEveryBudget) {
  v1::Campaign campaign = SharedCampaign({2.5e11, 7.5e11, 2.25e12});
  campaign.mutable_recipe()->set_warmup_fraction(0.1);
  const int64_t expected = std::llround(
      0.1 * static_cast<double>(TrialAt(campaign, 2, 2.5e11).steps()));
  for (const double budget : campaign.budgets()) {
    EXPECT_NEAR(WarmupSteps(TrialAt(campaign, 2, budget).steps(),
                            RecipeAt(campaign, budget).warmup_fraction()),
                expected, 1)
        << budget;
  }
  EXPECT_EQ(RecipeAt(campaign, 1e11).warmup_fraction(), 0.1);  // a user's
  campaign.mutable_algorithm()->mutable_grid()->set_share_trunks(false);
  EXPECT_EQ(RecipeAt(campaign, 2.25e12).warmup_fraction(), 0.1);
}

TEST(TrunkSharingTest, WhatCannotBranchOffStaysATrialOfItsOwn) {
  v1::Campaign campaign = SharedCampaign({2.5e11, 7.5e11});
  v1::Trial one = TrialAt(campaign, 2, 2.5e11);
  v1::Trial other = TrialAt(campaign, 2, 7.5e11);
  other.set_steps(one.steps());  // no longer
  EXPECT_EQ(ShareTrunks(campaign, {one, other}).size(), 2u);

  other = TrialAt(campaign, 2, 7.5e11);
  other.set_tokens_per_step(2 * one.tokens_per_step());
  EXPECT_EQ(ShareTrunks(campaign, {one, other}).size(), 2u);

  // A cooldown over the whole run would begin within the warmup.
  other = TrialAt(campaign, 2, 7.5e11);
  campaign.mutable_recipe()->set_cooldown_fraction(1);
  campaign.mutable_recipe()->set_warmup_fraction(0);
  EXPECT_EQ(ShareTrunks(campaign, {one, other}).size(), 2u);
  campaign.mutable_recipe()->set_cooldown_fraction(0.2);
  EXPECT_EQ(ShareTrunks(campaign, {one, other}).size(), 1u);
}

// The trials of a plan as they are after they ended; losses by LossOf.
std::vector<v1::Trial> Ended(const std::vector<v1::Trial>& planned,
                             v1::Trial::State state) {
  std::vector<v1::Trial> ended = planned;
  for (v1::Trial& trial : ended) {
    trial.set_state(state);
    if (state == v1::Trial::SUCCEEDED) {
      trial.mutable_shape_card()->set_validation_loss(LossOf(trial));
    }
    for (const v1::TrialBranch& branch : trial.branches()) {
      v1::Trial alone = trial;
      alone.set_budget_flops(branch.budget_flops());
      v1::BranchPoint* point = trial.mutable_shape_card()->add_branches();
      point->set_steps(branch.steps());
      point->set_validation_loss(LossOf(alone));
    }
  }
  return ended;
}

PlanInput After(const v1::Campaign& campaign,
                const std::vector<v1::Trial>& trials) {
  PlanHistory history;
  for (const v1::Trial& trial : trials) {
    history.Set(history.trials() + 1, trial);
  }
  return {.campaign = campaign,
          .history = history.Snapshot(),
          .trials = history.trials(),
          .planned_flops = history.planned_flops()};
}

class SharedPlanTest : public testing::Test {
 protected:
  SharedPlanTest() {
    campaign_.mutable_algorithm()->mutable_grid()->set_center_size(4e4);
    auto plan = PlanTrials({.campaign = campaign_});
    EXPECT_TRUE(plan.ok()) << plan.status();
    if (plan.ok()) first_ = plan->trials;
  }
  v1::Campaign campaign_ = SharedCampaign();
  std::vector<v1::Trial> first_;
};

TEST_F(SharedPlanTest, TheFirstPlanServesBothBudgetsWithOneTrialASize) {
  ASSERT_EQ(first_.size(), 3u);
  for (const v1::Trial& trial : first_) {
    const Shape shape = FromProto(trial.shape());
    EXPECT_EQ(trial.budget_flops(), 7.5e11);
    EXPECT_EQ(trial.steps(), StepsAtBudget(shape, 7.5e11, 2048));
    EXPECT_THAT(BranchSteps(trial),
                ElementsAre(StepsAtBudget(shape, 2.5e11, 2048)));
    EXPECT_THAT(trial.reason(), HasSubstr("with a cooldown at 2.5e11 FLOPs"));
  }
}

TEST_F(SharedPlanTest, BranchesCountAsTrialsOfTheirBudget) {
  auto plan = PlanTrials(After(campaign_, Ended(first_, v1::Trial::SUCCEEDED)));
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_TRUE(plan->done) << plan->note;
  EXPECT_EQ(plan->trials.size(), 0u);
  EXPECT_THAT(plan->note, HasSubstr("2.5e11 FLOPs: least loss near size"));
  EXPECT_THAT(plan->note, HasSubstr("7.5e11 FLOPs: least loss near size"));
}

TEST_F(SharedPlanTest, ABranchThatTheTrainerLeftOutIsTrainedByItself) {
  std::vector<v1::Trial> ended = Ended(first_, v1::Trial::SUCCEEDED);
  ended[1].mutable_shape_card()->clear_branches();
  auto plan = PlanTrials(After(campaign_, ended));
  ASSERT_TRUE(plan.ok()) << plan.status();
  ASSERT_EQ(plan->trials.size(), 1u);
  EXPECT_EQ(plan->trials[0].budget_flops(), 2.5e11);
  EXPECT_EQ(plan->trials[0].shape().SerializeAsString(),
            ended[1].shape().SerializeAsString());
  EXPECT_THAT(BranchSteps(plan->trials[0]), ElementsAre());
}

TEST_F(SharedPlanTest, ADivergedTrunkHasTheBranchesThatEndedBefore) {
  const auto plan =
      PlanTrials(After(campaign_, Ended(first_, v1::Trial::DIVERGED)));
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_THAT(plan->note, HasSubstr("2.5e11 FLOPs: least loss near size"));
  EXPECT_THAT(plan->note, HasSubstr("7.5e11 FLOPs: all 3 sizes ended without"));
}

TEST_F(SharedPlanTest, AFailedTrunkHasNone) {
  const auto plan =
      PlanTrials(After(campaign_, Ended(first_, v1::Trial::FAILED)));
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_TRUE(plan->done);
  EXPECT_THAT(plan->note, HasSubstr("2.5e11 FLOPs: all 3 sizes ended without"));
}

TEST_F(SharedPlanTest, TotalFlopsCountsTheBranches) {
  double whole = 0;
  for (const v1::Trial& trial : first_) whole += PlannedFlops(trial);
  campaign_.set_total_flops(whole * 1.0001);
  EXPECT_EQ(PlanTrials({.campaign = campaign_})->trials.size(), 3u);
  campaign_.set_total_flops(whole * 0.9999);
  const auto plan = PlanTrials({.campaign = campaign_});
  EXPECT_EQ(plan->trials.size(), 2u);
  EXPECT_TRUE(plan->done);
}

TEST(SharedPointsTest, PointsOfATrialAreOneClusterAndOneForEachBudget) {
  const v1::Campaign campaign = SharedCampaign();
  v1::Trial trial = ShareTrunks(campaign, {TrialAt(campaign, 2, 2.5e11),
                                           TrialAt(campaign, 2, 7.5e11)})[0];
  trial.set_name("campaigns/c1/trials/1");
  v1::Trial alone = TrialAt(campaign, 4, 7.5e11);
  alone.set_name("campaigns/c1/trials/2");
  const std::vector<v1::Trial> ended =
      Ended({trial, alone}, v1::Trial::SUCCEEDED);
  const Runs runs = ToRuns(ended);
  ASSERT_EQ(runs.rows(), 3u);
  EXPECT_TRUE(CheckRuns(runs).ok());
  EXPECT_THAT(runs.budget, ElementsAre(2.5e11, 7.5e11, 7.5e11));
  EXPECT_EQ(runs.tokens[0], static_cast<double>(trial.branches(0).tokens()));
  EXPECT_EQ(runs.loss[0], ended[0].shape_card().branches(0).validation_loss());
  EXPECT_EQ(runs.size[1], runs.size[0]);
  EXPECT_EQ(runs.size[0], trial.flops_per_token() / 6);
  EXPECT_DOUBLE_EQ(runs.flops[0], runs.tokens[0] * trial.flops_per_token());
  EXPECT_THAT(runs.run,
              ElementsAre("campaigns/c1/trials/1", "campaigns/c1/trials/1",
                          "campaigns/c1/trials/2"));
  // Without branches every point is a run of its own.
  EXPECT_THAT(RunClusters(ToRuns({ended[1]})), testing::IsEmpty());
}

}  // namespace
}  // namespace isoshape
