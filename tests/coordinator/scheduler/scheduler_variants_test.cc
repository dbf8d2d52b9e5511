// Trials of variants: planned together, leased with their own recipe and data,
// and what they are over restarts, retries and exclusions.
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "messages/campaign/campaign_variants.h"
#include "tests/coordinator/scheduler/scheduler_fixture.h"

namespace isoshape {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using Code = absl::StatusCode;

class SchedulerVariants : public SchedulerTest {
 protected:
  // One shape at one budget: a trial in `base`, one in `bare` (no residual) and
  // one in `coded` (other data, no warmup).
  static v1::Campaign OneShape() {
    v1::Campaign campaign;
    campaign.add_budgets(2.5e11);
    v1::Shape& shape =
        *campaign.mutable_algorithm()->mutable_listed()->add_shapes();
    shape.set_depth(4);
    shape.set_width(64);
    v1::Variant& bare = *campaign.add_variants();
    bare.set_name("bare");
    bare.mutable_shape()->set_residual(v1::RESIDUAL_NONE);
    v1::Variant& coded = *campaign.add_variants();
    coded.set_name("coded");
    coded.set_dataset("code");
    coded.mutable_recipe()->set_warmup_fraction(0);
    return campaign;
  }
  std::map<std::string, v1::Lease> LeaseAll(
      const std::string& worker = "workers/a") {
    std::map<std::string, v1::Lease> leases;
    for (const v1::Lease& lease : Lease(worker, 64)) {
      leases[lease.trial().variant()] = lease;
    }
    return leases;
  }
  static v1::CompleteTrialRequest On(const v1::Lease& lease,
                                     const std::string& fingerprint) {
    auto request = Success(lease);
    request.mutable_shape_card()->set_data_fingerprint(fingerprint);
    return request;
  }
};

TEST_F(SchedulerVariants, EachIsLeasedWithItsOwnRecipeShapeAndData) {
  Create(OneShape());
  Register("workers/a", 0, {"text", "code"});
  std::map<std::string, v1::Lease> leases = LeaseAll();
  ASSERT_THAT(leases, SizeIs(3));
  EXPECT_EQ(leases["base"].dataset(), "text");
  EXPECT_EQ(leases["base"].recipe().warmup_fraction(), 0.05);
  EXPECT_EQ(leases["base"].trial().shape().residual(), v1::RESIDUAL_ADD);
  EXPECT_EQ(leases["bare"].dataset(), "text");
  EXPECT_EQ(leases["bare"].trial().shape().residual(), v1::RESIDUAL_NONE);
  EXPECT_EQ(leases["coded"].dataset(), "code");
  EXPECT_EQ(leases["coded"].recipe().warmup_fraction(), 0);
  for (const auto& [variant, lease] : leases) {
    EXPECT_EQ(lease.trial().seed(), 0);
    EXPECT_EQ(lease.trial().tokens_per_step(), 2048);
  }
}

TEST_F(SchedulerVariants, AWorkerGetsThoseWhoseDataItHas) {
  Create(OneShape());
  Register("workers/a", 0, {"text"});
  Register("workers/b", 0, {"code"});
  EXPECT_THAT(LeaseAll("workers/b"), SizeIs(1));
  EXPECT_THAT(LeaseAll("workers/a"), SizeIs(2));
}

TEST_F(SchedulerVariants, TheContentOfEachDatasetIsKeptApart) {
  const std::string name = Create(OneShape());
  Register("workers/a", 0, {"text", "code"});
  std::map<std::string, v1::Lease> leases = LeaseAll();
  ASSERT_TRUE(Do(&Scheduler::CompleteTrial, On(leases["coded"], "cc")).ok());
  EXPECT_EQ(GetCampaign(name).data_fingerprint(), "");
  EXPECT_EQ(GetCampaign(name).variants(1).data_fingerprint(), "cc");
  ASSERT_TRUE(Do(&Scheduler::CompleteTrial, On(leases["base"], "aa")).ok());
  EXPECT_EQ(GetCampaign(name).data_fingerprint(), "aa");
  // `bare` is on the data of `base`.
  const auto refused = Do(&Scheduler::CompleteTrial, On(leases["bare"], "cc"));
  ASSERT_TRUE(refused.ok()) << refused.status();
  EXPECT_EQ(refused->state(), v1::Trial::PENDING);
}

TEST_F(SchedulerVariants, StayWhatTheyAreOverRestartExpiryRetryAndExclusion) {
  const std::string name = Create(OneShape());
  Register("workers/a", 0, {"text", "code"});
  const v1::Lease coded = LeaseAll()["coded"];
  Restart();
  EXPECT_EQ(Get(coded.trial().name()).variant(), "coded");
  clock_.Advance(kLease + absl::Seconds(1));
  const v1::Lease again = LeaseAll()["coded"];
  EXPECT_EQ(again.trial().name(), coded.trial().name());
  EXPECT_EQ(again.dataset(), "code");
  auto failure = For<v1::CompleteTrialRequest>(again);
  failure.set_state(v1::Trial::FAILED);
  failure.set_failure(v1::Trial::INVALID);
  failure.set_error("no such norm");
  ASSERT_TRUE(Do(&Scheduler::CompleteTrial, failure).ok());
  v1::RetryTrialRequest retry;
  retry.set_name(again.trial().name());
  const auto retried = Do(&Scheduler::RetryTrial, retry);
  ASSERT_TRUE(retried.ok()) << retried.status();
  EXPECT_EQ(retried->variant(), "coded");
  const v1::Lease third = LeaseAll()["coded"];
  EXPECT_EQ(third.recipe().warmup_fraction(), 0);
  ASSERT_TRUE(Do(&Scheduler::CompleteTrial, Success(third)).ok());
  v1::ExcludeTrialRequest exclude;
  exclude.set_name(third.trial().name());
  exclude.set_reason("odd");
  ASSERT_TRUE(Do(&Scheduler::ExcludeTrial, exclude).ok());
  Restart();
  EXPECT_EQ(Get(third.trial().name()).variant(), "coded");
  EXPECT_TRUE(Get(third.trial().name()).excluded());
  EXPECT_THAT(scheduler_->campaigns().at(name).trials, SizeIs(3));
}

TEST_F(SchedulerVariants, AnExcludedOneIsMissedThoughItsPartnerHasAResult) {
  const std::string name = Create(OneShape());
  Register("workers/a", 0, {"text", "code"});
  std::map<std::string, v1::Lease> leases = LeaseAll();
  for (const auto& [variant, lease] : leases) {
    ASSERT_TRUE(Do(&Scheduler::CompleteTrial, Success(lease)).ok());
  }
  EXPECT_EQ(GetCampaign(name).state(), v1::Campaign::COMPLETED);
  v1::ExcludeTrialRequest exclude;
  exclude.set_name(leases["bare"].trial().name());
  exclude.set_reason("odd");
  ASSERT_TRUE(Do(&Scheduler::ExcludeTrial, exclude).ok());
  EXPECT_EQ(GetCampaign(name).state(), v1::Campaign::INCOMPLETE);
  EXPECT_THAT(GetCampaign(name).missing(), HasSubstr("1 of 3 trials"));
}

TEST_F(SchedulerVariants, TheNextShapesComeInAllOfThem) {
  v1::Campaign campaign = OneShape();
  campaign.mutable_algorithm()->clear_listed();
  campaign.mutable_variants()->RemoveLast();
  campaign.mutable_algorithm()->mutable_grid()->set_sizes(3);
  campaign.mutable_algorithm()->mutable_grid()->set_aspect_ratios(1);
  campaign.mutable_space()->set_max_depth(8);
  campaign.mutable_space()->set_max_width(256);
  campaign.add_budgets(7.5e11);
  const std::string name = Create(campaign);
  Register();
  for (int round = 0; round < 50; ++round) {
    const std::vector<v1::Lease> leases = Lease("workers/a", 64);
    if (leases.empty()) break;
    for (const v1::Lease& lease : leases) {
      // Without residual everything is so much worse.
      const double loss =
          LossOf(lease.trial()) + (lease.trial().variant() == "bare" ? 1 : 0);
      ASSERT_TRUE(Do(&Scheduler::CompleteTrial, Success(lease, loss)).ok());
    }
    Restart();
  }
  const CampaignState& state = scheduler_->campaigns().at(name);
  EXPECT_EQ(state.campaign.state(), v1::Campaign::COMPLETED);
  std::map<std::string, std::set<std::string>> runs;  // by variant
  for (const v1::Trial& trial : TrialsOf(name)) {
    const bool added =
        runs[trial.variant()]
            .insert(absl::StrCat(
                ShapeInBase(state.campaign, trial).SerializeAsString(), " ",
                trial.budget_flops()))
            .second;
    EXPECT_TRUE(added) << trial.name();
  }
  EXPECT_GE(runs["base"].size(), 6u);
  EXPECT_EQ(runs["bare"], runs["base"]);
}

TEST_F(SchedulerVariants, AUserAddsATrialToOneOfThem) {
  const std::string name = Create(OneShape());
  v1::CreateTrialRequest request;
  request.set_parent(name);
  v1::Trial& trial = *request.mutable_trial();
  trial.mutable_shape()->set_depth(2);
  trial.mutable_shape()->set_width(64);
  trial.set_budget_flops(2.5e11);
  trial.set_variant("bare");
  const auto added = Do(&Scheduler::CreateTrial, request);
  ASSERT_TRUE(added.ok()) << added.status();
  EXPECT_EQ(added->variant(), "bare");
  EXPECT_EQ(added->shape().residual(), v1::RESIDUAL_NONE);
  trial.clear_variant();
  EXPECT_EQ(Do(&Scheduler::CreateTrial, request)->variant(), "base");
  trial.set_variant("bara");
  EXPECT_THAT(Refused(Code::kInvalidArgument, &Scheduler::CreateTrial, request),
              HasSubstr("has no variant 'bara'; did you mean 'bare'?"));
  trial.set_variant("bare");
  trial.mutable_shape()->set_residual(v1::RESIDUAL_ADD);
  EXPECT_THAT(
      Refused(Code::kFailedPrecondition, &Scheduler::CreateTrial, request),
      HasSubstr("otherwise than variant bare"));
}

TEST_F(SchedulerVariants, WhatAUserAddedBeforeIsNotProposedAgain) {
  v1::Campaign campaign = OneShape();
  campaign.mutable_variants()->RemoveLast();
  const std::string name = Create(campaign);
  v1::CreateTrialRequest request;
  request.set_parent(name);
  v1::Trial& trial = *request.mutable_trial();
  *trial.mutable_shape() = Get(name + "/trials/2").shape();
  trial.set_budget_flops(2.5e11);
  trial.set_seed(1);
  trial.set_variant("bare");
  ASSERT_TRUE(Do(&Scheduler::CreateTrial, request).ok());
  v1::UpdateCampaignRequest more;
  more.mutable_campaign()->set_name(name);
  more.mutable_campaign()->set_seeds(2);
  more.mutable_update_mask()->add_paths("seeds");
  ASSERT_TRUE(Do(&Scheduler::UpdateCampaign, more).ok());
  std::vector<std::string> trials;
  for (const v1::Trial& one : TrialsOf(name)) {
    trials.push_back(absl::StrCat(one.variant(), " ", one.seed()));
  }
  EXPECT_THAT(trials, ElementsAre("base 0", "bare 0", "bare 1", "base 1"));
}

TEST_F(SchedulerVariants, AreNoReplicasOfEachOther) {
  v1::Campaign campaign = OneShape();
  campaign.mutable_variants()->RemoveLast();
  campaign.clear_variants();
  campaign.add_variants()->set_name("sudden");
  campaign.mutable_variants(0)->mutable_recipe()->set_warmup_fraction(0);
  campaign.set_seeds(2);
  Create(campaign);
  Register();
  v1::LeaseTrialsRequest request;
  request.set_worker("workers/a");
  request.set_max_trials(1);
  request.set_replicas(8);
  const std::vector<v1::Lease> leases = Lease(request);
  ASSERT_THAT(leases, SizeIs(2));
  EXPECT_EQ(leases[0].trial().variant(), leases[1].trial().variant());
  EXPECT_NE(leases[0].trial().seed(), leases[1].trial().seed());
}

}  // namespace
}  // namespace isoshape
