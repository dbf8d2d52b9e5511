// What operators ask of campaigns and trials: more, what cannot be, and at
// once.
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "messages/trial/lifecycle.h"
#include "tests/coordinator/scheduler/trials_fixture.h"

namespace isoshape {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using Code = absl::StatusCode;

TEST_F(Trials, NothingIsAskedOfACancelledCampaign) {
  const std::string name = Create(OneBudget());
  Register();
  ASSERT_TRUE(
      Do(&Scheduler::CompleteTrial, Failure(LeaseOne(), v1::Trial::INVALID))
          .ok());
  v1::CancelCampaignRequest cancel;
  cancel.set_name(name);
  ASSERT_TRUE(Do(&Scheduler::CancelCampaign, cancel).ok());
  v1::RetryTrialRequest request;
  request.set_name(name + "/trials/1");
  EXPECT_THAT(
      Refused(Code::kFailedPrecondition, &Scheduler::RetryTrial, request),
      HasSubstr("is cancelled"));
  v1::UpdateCampaignRequest update = Update(name, {"seeds"});
  update.mutable_campaign()->set_seeds(2);
  EXPECT_THAT(
      Refused(Code::kFailedPrecondition, &Scheduler::UpdateCampaign, update),
      AllOf(HasSubstr("is cancelled"), HasSubstr("make a new campaign")));
  v1::CreateTrialRequest create;
  create.set_parent(name);
  *create.mutable_trial()->mutable_shape() = Get(name + "/trials/1").shape();
  create.mutable_trial()->set_budget_flops(2.5e11);
  EXPECT_THAT(
      Refused(Code::kFailedPrecondition, &Scheduler::CreateTrial, create),
      HasSubstr("is cancelled"));
  // What it has is kept, and may be left out of fits.
  EXPECT_EQ(GetCampaign(name).state(), v1::Campaign::CANCELLED);
  EXPECT_EQ(GetCampaign(name).planner_note(), "");  // it waited for trials
  EXPECT_EQ(Get(name + "/trials/1").error(), "no such norm");
  EXPECT_TRUE(Exclude(name + "/trials/1").ok());
  EXPECT_TRUE(Include(name + "/trials/1").ok());
  EXPECT_EQ(GetCampaign(name).state(), v1::Campaign::CANCELLED);
}

TEST_F(Trials, WhatIsNotThereIsNotFoundAndWhatIsNoNameIsInvalid) {
  const std::string campaign = Create(OneBudget());
  for (const auto& [name, code] : std::vector<std::pair<std::string, Code>>{
           {campaign + "/trials/99", Code::kNotFound},
           {"campaigns/none/trials/1", Code::kNotFound},
           {campaign, Code::kInvalidArgument},
           {campaign + "/trials/0", Code::kInvalidArgument},
           {campaign + "/trials/1\n", Code::kInvalidArgument}}) {
    v1::RetryTrialRequest retry;
    retry.set_name(name);
    Refused(code, &Scheduler::RetryTrial, retry);
    v1::ExcludeTrialRequest exclude;
    exclude.set_name(name);
    exclude.set_reason("odd");
    Refused(code, &Scheduler::ExcludeTrial, exclude);
    v1::IncludeTrialRequest include;
    include.set_name(name);
    Refused(code, &Scheduler::IncludeTrial, include);
  }
}

TEST_F(Trials, TwoOperatorsAtOnceLoseNothing) {
  const std::string name = Create(OneBudget());
  Register();
  TrainAll([](const v1::Lease& lease) {
    return Failure(lease, v1::Trial::INVALID);
  });
  const std::string failed = name + "/trials/1";
  ASSERT_TRUE(Retry(failed).ok());
  v1::RetryTrialRequest again;
  again.set_name(failed);
  EXPECT_THAT(Refused(Code::kFailedPrecondition, &Scheduler::RetryTrial, again),
              HasSubstr("is pending"));
  EXPECT_EQ(Get(failed).retries(), 1);

  auto first = Update(name, {"budgets", "seeds", "labels.owner"});
  first.mutable_campaign()->add_budgets(2.5e11);
  first.mutable_campaign()->add_budgets(7.5e11);
  first.mutable_campaign()->set_seeds(3);
  (*first.mutable_campaign()->mutable_labels())["owner"] = "ann";
  ASSERT_TRUE(Do(&Scheduler::UpdateCampaign, first).ok());
  auto second = Update(name, {"budgets"});
  second.mutable_campaign()->add_budgets(2.5e11);
  second.mutable_campaign()->add_budgets(2.2e12);
  EXPECT_THAT(
      Refused(Code::kInvalidArgument, &Scheduler::UpdateCampaign, second),
      HasSubstr("budgets lacks 7.5e+11"));
  second = Update(name, {"seeds"});
  second.mutable_campaign()->set_seeds(2);
  EXPECT_THAT(
      Refused(Code::kInvalidArgument, &Scheduler::UpdateCampaign, second),
      HasSubstr("seeds 2 is below 3"));
  second = Update(name, {"labels.team", "labels.none"});
  (*second.mutable_campaign()->mutable_labels())["team"] = "vision";
  ASSERT_TRUE(Do(&Scheduler::UpdateCampaign, second).ok());
  EXPECT_EQ(GetCampaign(name).budgets_size(), 2);
  EXPECT_EQ(GetCampaign(name).seeds(), 3);
  EXPECT_EQ(GetCampaign(name).labels().at("owner"), "ann");
  EXPECT_EQ(GetCampaign(name).labels().at("team"), "vision");
  ASSERT_TRUE(
      Do(&Scheduler::UpdateCampaign, Update(name, {"labels.owner"})).ok());
  EXPECT_FALSE(GetCampaign(name).labels().contains("owner"));

  // The later reason stands, and both are told.
  const std::string odd = name + "/trials/2";
  ASSERT_TRUE(Exclude(odd, "the wrong corpus").ok());
  ASSERT_TRUE(Exclude(odd, "a hot machine").ok());
  EXPECT_EQ(Get(odd).exclusion_reason(), "a hot machine");
  std::vector<std::string> told;
  for (const auto& [sequence, event] : data_->events) {
    if (event.trial() == odd &&
        absl::StrContains(event.message(), "excluded")) {
      told.push_back(event.message());
    }
  }
  EXPECT_THAT(told, ElementsAre(HasSubstr("the wrong corpus"),
                                HasSubstr("a hot machine")));
}

TEST_F(Trials, AnExtendedCampaignGoesOn) {
  const std::string name = Create(OneBudget());
  Register();
  TrainAll();
  ASSERT_EQ(GetCampaign(name).state(), v1::Campaign::COMPLETED);
  const int before = GetCampaign(name).trial_counts().succeeded();
  v1::UpdateCampaignRequest request = Update(name, {"budgets", "seeds"});
  request.mutable_campaign()->add_budgets(2.5e11);
  request.mutable_campaign()->add_budgets(7.5e11);
  request.mutable_campaign()->set_seeds(2);
  const auto updated = Do(&Scheduler::UpdateCampaign, request);
  ASSERT_TRUE(updated.ok()) << updated.status();
  EXPECT_EQ(updated->state(), v1::Campaign::RUNNING);
  EXPECT_EQ(updated->target_flops(), 3 * 7.5e11);  // it was thrice the largest
  EXPECT_FALSE(updated->has_end_time());
  TrainAll();
  const v1::Campaign& ended = GetCampaign(name);
  EXPECT_EQ(ended.state(), v1::Campaign::COMPLETED);
  EXPECT_GT(ended.trial_counts().succeeded(), 2 * before);
}

// Also where that brings no trial.
TEST_F(Trials, TheNoteOfAnExtendedCampaignIsOfWhatIsAskedNow) {
  v1::Campaign campaign = OneBudget();
  campaign.set_total_flops(6e11);  // of trials of 2.5e11
  const std::string name = Create(campaign);
  Register();
  TrainAll();
  ASSERT_FALSE(IsLive(GetCampaign(name)));
  EXPECT_THAT(GetCampaign(name).planner_note(),
              HasSubstr("stopped by total_flops 6e11: "));
  const auto extend = [&](double total) {
    v1::UpdateCampaignRequest request = Update(name, {"total_flops"});
    request.mutable_campaign()->set_total_flops(total);
    return Do(&Scheduler::UpdateCampaign, request);
  };
  const auto in_vain = extend(6.5e11);
  ASSERT_TRUE(in_vain.ok()) << in_vain.status();
  EXPECT_FALSE(IsLive(*in_vain));
  EXPECT_THAT(in_vain->planner_note(),
              HasSubstr("stopped by total_flops 6.5e11: "));
  const auto more = extend(0);
  ASSERT_TRUE(more.ok()) << more.status();
  EXPECT_EQ(more->state(), v1::Campaign::RUNNING);
  EXPECT_THAT(more->planner_note(), Not(HasSubstr("stopped by")));
}

// Not only when the campaign is created: each plan has a note of its own. No
// longer when its losses have told.
TEST_F(Trials, ABudgetThatMayTellNoOptimumIsWarnedOfInEachPlan) {
  const auto warns = HasSubstr("budget 2e10 may be too small");
  v1::Campaign campaign = OneBudget();
  campaign.set_budgets(0, 2e10);
  const std::string name = Create(campaign);
  EXPECT_THAT(GetCampaign(name).planner_note(), warns);
  const auto extend_to = [&](std::vector<double> budgets) {
    v1::UpdateCampaignRequest request = Update(name, {"budgets"});
    request.mutable_campaign()->mutable_budgets()->Assign(budgets.begin(),
                                                          budgets.end());
    const auto extended = Do(&Scheduler::UpdateCampaign, request);
    EXPECT_TRUE(extended.ok()) << extended.status();
    return extended.ok() ? extended->planner_note() : "";
  };
  EXPECT_THAT(extend_to({2e10, 3e10}),
              HasSubstr("budget 2e10 (and 1 more) may be too small"));
  // The losses have the best size above the smallest.
  Register();
  TrainAll();
  EXPECT_THAT(GetCampaign(name).planner_note(), Not(HasSubstr("too small")));
  EXPECT_THAT(extend_to({2e10, 3e10, 4e10}),
              HasSubstr("budget 4e10 may be too small"));
  EXPECT_THAT(GetCampaign(Create(OneBudget())).planner_note(),
              Not(HasSubstr("too small")));
}

TEST_F(Trials, AnUpdateThatAsksForNothingNewLeavesACampaignEnded) {
  const std::string name = Create(OneBudget());
  Register();
  TrainAll();
  v1::UpdateCampaignRequest request =
      Update(name, {"display_name", "labels", "seeds"});
  request.mutable_campaign()->set_display_name("new");
  (*request.mutable_campaign()->mutable_labels())["owner"] = "ann";
  request.mutable_campaign()->set_seeds(1);
  const auto updated = Do(&Scheduler::UpdateCampaign, request);
  ASSERT_TRUE(updated.ok()) << updated.status();
  EXPECT_EQ(updated->state(), v1::Campaign::COMPLETED);
  EXPECT_EQ(updated->display_name(), "new");
  EXPECT_EQ(updated->labels().at("owner"), "ann");
}

TEST_F(Trials, AnUpdateTakesATimeLimitAway) {
  v1::Campaign campaign = OneBudget();
  campaign.mutable_trial_timeout()->set_seconds(60);
  const std::string name = Create(campaign);
  ASSERT_TRUE(GetCampaign(name).has_trial_timeout());
  const auto updated =
      Do(&Scheduler::UpdateCampaign, Update(name, {"trial_timeout"}));
  ASSERT_TRUE(updated.ok()) << updated.status();
  EXPECT_FALSE(updated->has_trial_timeout());
  EXPECT_FALSE(GetCampaign(name).has_trial_timeout());
}

TEST_F(Trials, AnUpdateOnlyAddsAndNamesWhatItCannotChange) {
  const std::string name = Create(SmallCampaign());
  const auto refused = [&](const v1::UpdateCampaignRequest& request) {
    return Refused(Code::kInvalidArgument, &Scheduler::UpdateCampaign, request);
  };
  EXPECT_THAT(refused(Update(name, {})), HasSubstr("update_mask is empty"));
  EXPECT_THAT(refused(Update(name, {"recipe.learning_rate"})),
              HasSubstr("'recipe.learning_rate' is no field that can be"));
  EXPECT_THAT(refused(Update(name, {"algorithm.sobol.trials_per_budget"})),
              HasSubstr("of another algorithm"));
  EXPECT_THAT(refused(Update(name, {"seeds"})),
              HasSubstr("seeds 0 is below 1"));
  auto request = Update(name, {"budgets"});
  request.mutable_campaign()->add_budgets(7.5e11);
  EXPECT_THAT(refused(request), HasSubstr("budgets lacks 2.5e+11"));
  request.mutable_campaign()->clear_budgets();
  for (const double budget : {1e11, 2.5e11, 7.5e11}) {
    request.mutable_campaign()->add_budgets(budget);
  }
  EXPECT_THAT(refused(request), HasSubstr("is below the smallest"));
  request = Update(name, {"total_flops"});
  request.mutable_campaign()->set_total_flops(1);
  EXPECT_THAT(refused(request), HasSubstr("total_flops 1 is below the"));
  Refused(Code::kNotFound, &Scheduler::UpdateCampaign,
          Update("campaigns/none", {"seeds"}));
}

}  // namespace
}  // namespace isoshape
