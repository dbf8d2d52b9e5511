// The statements of the project as they are read, planned and judged, without
// training.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "claims/judge.h"
#include "cli/claims/claim_files.h"
#include "cli/claims/claims_plan.h"
#include "coordinator/planning/planned_campaign.h"
#include "messages/campaign/campaign_variants.h"

namespace isoshape {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

std::vector<v1::Claim> AllClaims() {
  const absl::StatusOr<std::vector<v1::Claim>> claims = LoadClaims({}, {});
  EXPECT_TRUE(claims.ok()) << claims.status();
  return claims.value_or(std::vector<v1::Claim>());
}

// A result that a trainer could have given, a little different for each trial.
void Finish(v1::Trial& trial) {
  trial.set_state(v1::Trial::SUCCEEDED);
  const auto depth = static_cast<double>(trial.shape().depth());
  const double noise =
      0.001 * std::sin(static_cast<double>(trial.seed()) *
                       (depth + static_cast<double>(trial.variant().size()) +
                        std::log(trial.budget_flops())));
  v1::ShapeCard& card = *trial.mutable_shape_card();
  card.set_validation_loss(2 + 0.1 * std::pow(std::log(depth / 5), 2) + noise +
                           0.001 * static_cast<double>(trial.variant().size()) -
                           0.01 * std::log(trial.budget_flops()));
  card.set_generalization_gap(0.01 * depth + noise);
  card.set_loss_floor(1.95 - 0.01 * std::log(trial.budget_flops()));
  card.set_unigram_entropy(3);
  card.set_step_seconds(0.01 * depth);
  card.set_step_seconds_median(0.01 * depth);
  card.set_decode_seconds(0.001 * depth);
  card.set_prefill_seconds(0.002 * depth);
  card.set_training_activation_bytes(trial.shape().depth() * 100);
  card.set_recomputation_activation_bytes(trial.shape().depth() * 50);
  card.set_inference_activation_bytes(1000 / trial.shape().depth());
  card.set_peak_memory_bytes(trial.shape().depth() * 1000);
  card.set_gradient_path_ratio(1 / depth);
  card.set_communication_fraction(0.01 * depth);
  card.set_flops(trial.budget_flops());
}

// What the coordinator makes of a campaign, with all its trials finished.
ClaimRuns RunsOf(const PlannedClaimCampaign& campaign) {
  ClaimRuns runs;
  runs.label = campaign.label;
  runs.setting = campaign.setting;
  const absl::StatusOr<PlannedCampaign> planned =
      PlanCampaign(campaign.campaign);
  EXPECT_TRUE(planned.ok()) << campaign.id << ": " << planned.status();
  if (!planned.ok()) return runs;
  runs.campaign = planned->campaign;
  runs.trials = planned->plan.trials;
  for (v1::Trial& trial : runs.trials) Finish(trial);
  return runs;
}

// One for each letter of the question, and a second for h.
TEST(StatementsTest, EighteenWithEveryScaleAndBothLanguages) {
  const std::vector<v1::Claim> claims = AllClaims();
  EXPECT_EQ(claims.size(), 18U);
  for (const v1::Claim& claim : claims) {
    EXPECT_FALSE(claim.original().empty()) << claim.id();
    EXPECT_FALSE(claim.group().empty()) << claim.id();
    for (const char* scale : {"demo", "small", "gpu"}) {
      EXPECT_TRUE(DesignOf(claim, scale).ok()) << claim.id() << " " << scale;
    }
  }
}

// Every campaign of every claim can be created and proposes what the plan
// counts, and every pipeline finds what it names.
TEST(StatementsTest, DesignsCanBeCreatedAndJudged) {
  const std::vector<v1::Claim> claims = AllClaims();
  for (const char* scale : {"demo", "small", "gpu"}) {
    const absl::StatusOr<std::vector<PlannedClaim>> plan =
        PlanClaims(claims, scale, 0);
    ASSERT_TRUE(plan.ok()) << plan.status();
    std::vector<ClaimRecord> records;
    for (const PlannedClaim& planned : *plan) {
      ClaimRecord record{planned.claim, {}};
      for (const PlannedClaimCampaign& campaign : planned.campaigns) {
        record.runs.push_back(RunsOf(campaign));
        EXPECT_EQ(CountRuns(campaign.campaign).trials,
                  static_cast<int>(record.runs.back().trials.size()))
            << campaign.id;
      }
      records.push_back(std::move(record));
    }
    const v1::ClaimsReport report = Judge(records, scale);
    for (const v1::ClaimResult& result : report.claims()) {
      EXPECT_EQ(result.runs_missing(), 0);
      for (const v1::PartResult& part : result.parts()) {
        // Most published models are far larger than what is trained.
        const bool far = result.claim().id() == "o-known-models";
        EXPECT_THAT(part.problem(),
                    AnyOf("", HasSubstr(far ? "times as large" : "-")))
            << scale << " " << result.claim().id() << " " << part.name();
        EXPECT_EQ(part.seeds_size(), 5)
            << scale << " " << result.claim().id() << " " << part.name();
      }
    }
  }
}

TEST(StatementsTest, ClaimsThatAskForTheSameShareItsCampaign) {
  const absl::StatusOr<std::vector<PlannedClaim>> plan =
      PlanClaims(AllClaims(), "demo", 0);
  ASSERT_TRUE(plan.ok());
  std::map<std::string, std::string> ids;
  for (const PlannedClaim& claim : *plan) {
    ids[claim.claim.id()] = claim.campaigns.front().id;
  }
  EXPECT_EQ(ids["d-worse-loss"], ids["q-deep-is-better"]);
  EXPECT_EQ(ids["a-faster-steps"], ids["b-lower-latency"]);
  EXPECT_EQ(ids["a-faster-steps"], ids["f-more-memory"]);
  EXPECT_EQ(ids["a-faster-steps"], ids["j-sequential"]);
  EXPECT_EQ(ids["n-aspect-bowl"], ids["o-known-models"]);
  EXPECT_NE(ids["a-faster-steps"], ids["d-worse-loss"]);
}

std::set<std::string> CampaignIds(const std::vector<PlannedClaim>& plan,
                                  const std::string& claim) {
  std::set<std::string> ids;
  for (const PlannedClaim& planned : plan) {
    if (planned.claim.id() != claim) continue;
    for (const PlannedClaimCampaign& campaign : planned.campaigns) {
      ids.insert(campaign.id);
    }
  }
  return ids;
}

// l leaves out residuals in the runs whose parameterization p changes.
TEST(StatementsTest, AblationsShareTheDepthsOfP) {
  for (const char* scale : {"demo", "small", "gpu"}) {
    const auto plan = PlanClaims(AllClaims(), scale, 0);
    ASSERT_TRUE(plan.ok());
    const std::set<std::string> p = CampaignIds(*plan, "p-depth-delusion");
    const std::set<std::string> l = CampaignIds(*plan, "l-residuals");
    EXPECT_EQ(p.size(), 6U);
    EXPECT_EQ(l.size(), 3U);
    for (const std::string& id : l) EXPECT_TRUE(p.contains(id)) << id;
  }
}

// Times, and nothing else, are measured with nothing beside them.
TEST(StatementsTest, WhatDependsOnTheMachineIsMeasuredAlone) {
  const auto plan = PlanClaims(AllClaims(), "demo", 0);
  ASSERT_TRUE(plan.ok());
  std::set<std::string> labels;
  for (const PlannedClaimCampaign& campaign : CampaignsOf(*plan)) {
    if (campaign.alone) labels.insert(campaign.label);
  }
  EXPECT_EQ(labels, (std::set<std::string>{"processes", "timing"}));
}

// Half an hour of two cores: docs/claims-files.md. On an AMD EPYC a core of
// such shapes does 5e10 to 1e11 FLOPs a second, and a run takes a second beside
// its training.
TEST(StatementsTest, TheDemoStaysWithinItsHalfHour) {
  const auto plan = PlanClaims(AllClaims(), "demo", 0);
  ASSERT_TRUE(plan.ok());
  PlannedRuns all;
  for (const PlannedClaimCampaign& campaign : CampaignsOf(*plan)) {
    const PlannedRuns runs = CountRuns(campaign.campaign);
    all.flops += runs.flops;
    all.trials += runs.trials;
  }
  EXPECT_LT(all.flops / 5e10 + 1.5 * all.trials, 2 * 30 * 60);
}

// A later call with more seeds finds the campaign and extends it.
TEST(StatementsTest, SeedsDoNotMakeAnotherCampaign) {
  const std::vector<v1::Claim> claims = AllClaims();
  const auto few = PlanClaims(claims, "demo", 3);
  const auto many = PlanClaims(claims, "demo", 9);
  ASSERT_TRUE(few.ok() && many.ok());
  EXPECT_EQ(few->front().campaigns[0].id, many->front().campaigns[0].id);
  EXPECT_EQ(few->front().campaigns[0].campaign.seeds(), 3);
  EXPECT_EQ(many->front().campaigns[0].campaign.seeds(), 9);
}

std::string ExampleOfThePage() {
  std::ifstream page(ISOSHAPE_EXAMPLES "/../docs/claims-files.md");
  const std::string text{std::istreambuf_iterator<char>(page), {}};
  const size_t begin = text.find("# mine.yaml");
  EXPECT_NE(begin, std::string::npos);
  return begin == std::string::npos
             ? ""
             : text.substr(begin, text.find("```", begin) - begin);
}

TEST(StatementsTest, TheExampleOfThePageCanBeTrained) {
  const auto claim = ParseClaimFile("mine.yaml", ExampleOfThePage());
  ASSERT_TRUE(claim.ok()) << claim.status();
  const auto plan = PlanClaims({*claim}, "demo", 0);
  ASSERT_TRUE(plan.ok()) << plan.status();
  const std::vector<PlannedClaimCampaign> campaigns = CampaignsOf(*plan);
  ASSERT_EQ(campaigns.size(), 1U);
  EXPECT_EQ(RunsOf(campaigns[0]).trials.size(), 40U);
}

constexpr char kMine[] = R"(
statement: Mine.
parts:
  - name: loss
    figure: deep less wide
    below: 0
    pipeline:
      measure: validation_loss
      steps: [{over: shape, difference: {of: 8x64, from: 2x128}}]
designs:
  - scale: demo
    common:
      budgets: [1e11]
      seeds: 3
      shapes: [2x128, 8x64]
      variants:
        no-warmup: {recipe: {warmup_fraction: 0}}
    campaigns: [{label: mine}]
)";

TEST(StatementsTest, AClaimOfOnesOwnIsOneFile) {
  const absl::StatusOr<v1::Claim> claim =
      ParseClaimFile("mine/no-harm.yaml", kMine);
  ASSERT_TRUE(claim.ok()) << claim.status();
  EXPECT_EQ(claim->id(), "no-harm");
  // The words of campaign files are known there, too.
  const v1::Campaign& common = claim->designs(0).common();
  EXPECT_EQ(common.algorithm().listed().shapes(1).width(), 64);
  EXPECT_EQ(common.variants(0).name(), "no-warmup");
}

void ExpectError(const std::string& from, const std::string& to,
                 const std::string& message) {
  std::string text = kMine;
  const size_t at = text.find(from);
  ASSERT_NE(at, std::string::npos);
  text.replace(at, from.size(), to);
  const absl::Status status = ParseClaimFile("mine.yaml", text).status();
  EXPECT_THAT(std::string(status.message()), HasSubstr(message));
  EXPECT_FALSE(absl::StrContains(status.message(), '\n'));
}

TEST(StatementsTest, ErrorsNameTheirPlace) {
  ExpectError("budgets:", "budget:", "mine.yaml:13:7:");
  ExpectError("warmup_fraction", "warmup_fractio", "did you mean");
  ExpectError("2x128, 8x64", "2x128, 8y64", "mine.yaml:15:");
  ExpectError("    below: 0\n", "", "says neither above nor below");
  ExpectError("seeds: 3", "seeds: 2", "seeds 2 are too few");
  ExpectError("measure: validation_loss", "measure: validation_los",
              "did you mean 'validation_loss'?");
}

TEST(StatementsTest, UnknownClaimsAndPathsAreNamed) {
  EXPECT_THAT(std::string(LoadClaims({}, {"d-worse-los"}).status().message()),
              HasSubstr("did you mean 'd-worse-loss'?"));
  EXPECT_THAT(std::string(LoadClaims({"nowhere.yaml"}, {}).status().message()),
              HasSubstr("nowhere.yaml"));
}

}  // namespace
}  // namespace isoshape
