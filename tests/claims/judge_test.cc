#include "claims/judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "absl/strings/str_cat.h"
#include "claims/report.h"
#include "messages/json/proto_json.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;

v1::Claim ClaimOf(const std::string& parts) {
  v1::Claim claim;
  const absl::Status status = FromJson(
      nlohmann::json::parse(
          R"({"id": "wide-worse", "statement": "Wide is worse.", "parts": )" +
          parts + R"(, "designs": [{"scale": "demo", "common": {"seeds": 5,
              "budgets": [1e11]}, "campaigns": [{"label": "a"}]}]})"),
      &claim);
  EXPECT_TRUE(status.ok()) << status;
  return claim;
}

constexpr char kLoss[] = R"([{"name": "loss", "figure": "wide less deep",
    "above": 0, "pipeline": {"measure": "validation_loss", "steps": [
        {"over": "shape", "difference": {"of": "2x128", "from": "8x64"}}]}}])";

// Wide is worse by `effect`, plus or minus a thousandth between the seeds.
ClaimRuns Runs(int seeds, double effect) {
  ClaimRuns runs;
  runs.campaign.set_name("campaigns/a");
  runs.campaign.set_seeds(seeds);
  for (int seed = 0; seed < seeds; ++seed) {
    for (const bool wide : {true, false}) {
      v1::Trial trial;
      trial.mutable_shape()->set_depth(wide ? 2 : 8);
      trial.mutable_shape()->set_width(wide ? 128 : 64);
      trial.set_budget_flops(1e11);
      trial.set_seed(seed);
      trial.set_state(v1::Trial::SUCCEEDED);
      v1::ShapeCard& card = *trial.mutable_shape_card();
      card.set_validation_loss(
          2 + (wide ? effect + (seed % 2 == 0 ? 0.001 : -0.001) : 0));
      card.set_flops(1e11);
      card.set_wall_seconds(3);
      card.set_device_name("Abacus");
      card.set_threads(1);
      card.set_engine("cpu/beads");
      runs.trials.push_back(trial);
    }
  }
  return runs;
}

v1::ClaimsReport JudgeOne(const std::string& parts, const ClaimRuns& runs) {
  return Judge({{ClaimOf(parts), {runs}}}, "demo");
}

TEST(JudgeTest, AClearFigureDecides) {
  const v1::ClaimsReport report = JudgeOne(kLoss, Runs(5, 0.1));
  ASSERT_EQ(report.claims_size(), 1);
  const v1::PartResult& part = report.claims(0).parts(0);
  EXPECT_EQ(part.verdict(), v1::PartResult::SUPPORTED);
  EXPECT_NEAR(part.effect(), 0.1002, 1e-9);
  EXPECT_LT(part.lower(), 0.1);
  EXPECT_EQ(report.runs(), 10);
  EXPECT_EQ(report.flops(), 1e12);
  EXPECT_EQ(report.run_seconds(), 30);
  ASSERT_EQ(report.machines_size(), 1);
  EXPECT_EQ(report.machines(0), "Abacus, 1 thread, cpu/beads");
  // Designs are long and say nothing of the result.
  EXPECT_EQ(report.claims(0).claim().designs_size(), 0);
}

TEST(JudgeTest, RunsThatClaimsShareCountOnceInAll) {
  const ClaimRuns runs = Runs(5, 0.1);
  const v1::ClaimsReport report =
      Judge({{ClaimOf(kLoss), {runs}}, {ClaimOf(kLoss), {runs}}}, "demo");
  EXPECT_EQ(report.claims(1).runs(), 10);
  EXPECT_EQ(report.runs(), 10);
  EXPECT_EQ(report.flops(), 1e12);
}

TEST(JudgeTest, AClearFigureOnTheOtherSideContradicts) {
  EXPECT_EQ(JudgeOne(kLoss, Runs(5, -0.1)).claims(0).parts(0).verdict(),
            v1::PartResult::CONTRADICTED);
}

TEST(JudgeTest, NoiseDoesNotDecideAndSaysWhatWould) {
  const v1::ClaimsReport report = JudgeOne(kLoss, Runs(5, 0.0005));
  const v1::PartResult& part = report.claims(0).parts(0);
  EXPECT_EQ(part.verdict(), v1::PartResult::NOT_DECIDED);
  EXPECT_GT(part.seeds_needed(), 5);
  // Two runs of 1e11 a seed.
  EXPECT_NEAR(part.flops_needed(), 2e11 * (part.seeds_needed() - 5), 1);
}

TEST(JudgeTest, TwoSeedsAreNoGround) {
  const v1::PartResult part = JudgeOne(kLoss, Runs(2, 0.1)).claims(0).parts(0);
  EXPECT_EQ(part.verdict(), v1::PartResult::NOT_DECIDED);
  EXPECT_TRUE(part.has_effect());
  EXPECT_THAT(part.problem(), HasSubstr("of 2 seeds; a verdict takes 3"));
}

TEST(JudgeTest, RunsThatAreMissingAreCounted) {
  ClaimRuns runs = Runs(5, 0.1);
  runs.trials[3].set_state(v1::Trial::PENDING);
  runs.trials[3].clear_shape_card();
  const v1::ClaimsReport report = JudgeOne(kLoss, runs);
  EXPECT_EQ(report.claims(0).runs_missing(), 1);
  EXPECT_EQ(report.claims(0).parts(0).verdict(), v1::PartResult::NOT_DECIDED);
  EXPECT_EQ(report.claims(0).parts(0).problem(), "1 run is still to come");
  EXPECT_EQ(report.claims(0).parts(0).seeds_size(), 4);
}

TEST(JudgeTest, AProblemOfOnePartLeavesTheOthers) {
  std::string parts = kLoss;
  parts.pop_back();
  parts += R"(, {"name": "typo", "figure": "none", "above": 0,
      "pipeline": {"measure": "validation_loss", "steps": [
          {"over": "shape", "only": "9x9"}]}}])";
  const v1::ClaimsReport report = JudgeOne(parts, Runs(5, 0.1));
  EXPECT_EQ(report.claims(0).parts(0).verdict(), v1::PartResult::SUPPORTED);
  EXPECT_THAT(report.claims(0).parts(1).problem(), HasSubstr("no shape '9x9'"));
  EXPECT_EQ(ClaimSummary(report.claims(0)),
            "1 of 2 not decided at this scale, 1 of 2 supported");
}

TEST(JudgeTest, FiguresOfFactorsAreShownAsFactors) {
  const v1::ClaimsReport report = JudgeOne(
      R"([{"name": "loss", "figure": "wide over deep", "above": 0,
          "is_log_factor": true, "depends_on_machine": true,
          "pipeline": {"measure": "validation_loss", "steps": [
              {"over": "shape", "log_ratio": {"of": "2x128", "from": "8x64"}}
          ]}}])",
      Runs(5, 2));
  const v1::PartResult& part = report.claims(0).parts(0);
  EXPECT_NEAR(part.effect(), 2.0001, 1e-3);
  EXPECT_EQ(part.machines_size(), 1);
  EXPECT_THAT(EffectText(report.claims(0).claim().parts(0), part),
              HasSubstr("2x ["));
}

TEST(JudgeTest, MarkdownSaysVerdictsAndMachines) {
  v1::ClaimsReport report = JudgeOne(kLoss, Runs(5, 0.1));
  report.set_time("2026-11-28T00:00:00Z");
  const std::string text = ClaimsMarkdown(report);
  EXPECT_THAT(text, HasSubstr("| wide less deep | 0.1 [0.0988, 0.102] | "
                              "**supported** |"));
  EXPECT_THAT(text, HasSubstr("Abacus"));
}

TEST(JudgeTest, MarkdownSaysWhatCameOutOtherwise) {
  v1::ClaimsReport report = JudgeOne(kLoss, Runs(5, -0.1));
  const std::string text = ClaimsMarkdown(
      report, {.notes = {"Alone on the machine."},
               .pictures = {{"f/effects-nats.svg", "Differences"}},
               .pictures_of_claims = {{"wide-worse", {"f/w.svg", "Bowl"}}}});
  EXPECT_THAT(text, HasSubstr("\nAlone on the machine.\n"));
  EXPECT_THAT(text, HasSubstr("- wide-worse (\"Wide is worse.\"): wide less "
                              "deep: -0.0998 [-0.101, -0.0984]"));
  EXPECT_THAT(text, HasSubstr("![Differences](f/effects-nats.svg)"));
  EXPECT_THAT(text, HasSubstr("![Bowl](f/w.svg)"));
  EXPECT_TRUE(CameOutOtherwise(JudgeOne(kLoss, Runs(5, 0.1))).empty());
}

TEST(JudgeTest, AReportSaysWhetherTimesWereMeasuredAlone) {
  std::string parts = kLoss;
  parts.replace(parts.find("\"above\""), 0, "\"depends_on_machine\": true, ");
  ClaimRuns runs = Runs(5, 0.1);
  for (int i = 0; i < static_cast<int>(runs.trials.size()); ++i) {
    v1::Trial& trial = runs.trials[i];
    trial.set_name(absl::StrCat("campaigns/a/trials/", i + 1));
    const int64_t start = int64_t{10} * i;
    trial.mutable_start_time()->set_seconds(start);
    trial.mutable_end_time()->set_seconds(start + 10);
  }
  const auto machine = [&] {
    return JudgeOne(parts, runs).claims(0).parts(0).machines(0);
  };
  EXPECT_EQ(machine(), "Abacus, 1 thread, cpu/beads, one run at a time");
  runs.trials[3].mutable_end_time()->set_seconds(41);
  EXPECT_EQ(machine(), "Abacus, 1 thread, cpu/beads, up to 2 runs at a time");
}

void ExpectRefused(const v1::Claim& claim, const std::string& message) {
  const absl::Status status = CheckClaim(claim);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr(message));
}

TEST(JudgeTest, ClaimsThatCannotBeJudgedAreRefused) {
  EXPECT_TRUE(CheckClaim(ClaimOf(kLoss)).ok());
  v1::Claim claim = ClaimOf(kLoss);
  claim.mutable_parts(0)->clear_above();
  ExpectRefused(claim, "says neither above nor below");
  claim = ClaimOf(kLoss);
  claim.mutable_parts(0)->set_below(-1);
  ExpectRefused(claim, "above 0 is not less than below -1");
  claim = ClaimOf(kLoss);
  *claim.add_parts() = claim.parts(0);
  ExpectRefused(claim, "two parts are named 'loss'");
  claim = ClaimOf(kLoss);
  claim.mutable_designs(0)->mutable_common()->set_seeds(2);
  ExpectRefused(claim, "seeds 2 are too few for an interval; give at least 3");
  claim = ClaimOf(kLoss);
  *claim.mutable_designs(0)->add_campaigns() = claim.designs(0).campaigns(0);
  ExpectRefused(claim, "two campaigns labelled 'a'");
  claim = ClaimOf(kLoss);
  claim.mutable_parts(0)->mutable_pipeline()->set_measure("los");
  ExpectRefused(claim, "measure 'los' is no number");
}

TEST(JudgeTest, ADesignOfAnotherScaleIsNamed) {
  const absl::Status status = DesignOf(ClaimOf(kLoss), "gpu").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("only demo"));
}

TEST(JudgeTest, ACampaignOverridesTheCommonFields) {
  v1::Claim claim = ClaimOf(kLoss);
  v1::ClaimDesign& design = *claim.mutable_designs(0);
  design.mutable_common()->set_dataset("text");
  design.mutable_campaigns(0)->mutable_campaign()->add_budgets(2e11);
  const v1::Campaign campaign = CampaignOf(design, design.campaigns(0));
  EXPECT_EQ(campaign.dataset(), "text");
  ASSERT_EQ(campaign.budgets_size(), 1);
  EXPECT_EQ(campaign.budgets(0), 2e11);
}

}  // namespace
}  // namespace isoshape
