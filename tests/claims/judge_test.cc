#include "claims/judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "absl/strings/str_cat.h"
#include "claims/report.h"
#include "tests/claims/wide_worse.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;

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

v1::PartResult PartOf(const std::string& pipeline, const ClaimRuns& runs) {
  return JudgeOne(absl::StrCat(R"([{"name": "p", "figure": "a figure",
                                   "above": 0, "pipeline": )",
                               pipeline, "}]"),
                  runs)
      .claims(0)
      .parts(0);
}

constexpr char kBytes[] = R"({"measure": "training_activation_bytes",
    "steps": [{"over": "shape", "log_ratio": {"of": "2x128",
                                              "from": "8x64"}}]})";

TEST(JudgeTest, AFigureThatIsTheSameWithAllSeedsIsExact) {
  ClaimRuns runs = Runs(5, 0.1);
  for (v1::Trial& trial : runs.trials) {
    trial.mutable_shape_card()->set_training_activation_bytes(
        trial.shape().width() * 1000);
  }
  const v1::PartResult part = PartOf(kBytes, runs);
  EXPECT_EQ(part.verdict(), v1::PartResult::SUPPORTED);
  EXPECT_THAT(RemarksOn(part),
              ::testing::ElementsAre("Exact: the same with each of 5 seeds."));
}

// A run that failed is not one that differs.
TEST(JudgeTest, AFigureIsExactThoughARunFailed) {
  ClaimRuns runs = Runs(5, 0.1);
  for (v1::Trial& trial : runs.trials) {
    trial.mutable_shape_card()->set_training_activation_bytes(
        trial.shape().width() * 1000);
  }
  runs.trials.front().set_state(v1::Trial::FAILED);
  runs.trials.front().clear_shape_card();
  const v1::PartResult part = PartOf(kBytes, runs);
  EXPECT_EQ(part.problem(), "");
  EXPECT_EQ(part.verdict(), v1::PartResult::SUPPORTED);
  EXPECT_THAT(RemarksOn(part),
              ::testing::ElementsAre("Exact: the same with each of 4 seeds."));
}

// Depth 8 solves it and depth 2 does not, of all seeds, whose losses differ.
TEST(JudgeTest, SeedsThatAgreeByTheCoarsenessOfTheScaleDecideNothing) {
  const v1::PartResult part = PartOf(
      R"({"measure": "validation_loss", "steps": [
          {"over": "shape", "along": "depth", "least_at_most": 2.05}]})",
      Runs(5, 0.1));
  EXPECT_EQ(part.verdict(), v1::PartResult::NOT_DECIDED);
  EXPECT_NEAR(part.effect(), std::log(8.0), 1e-12);
  EXPECT_THAT(part.problem(),
              HasSubstr("only as fine as the places that were tried"));
}

ClaimRuns Depths(double best) {
  ClaimRuns runs = Runs(5, 0);
  const ClaimRuns two = runs;
  runs.trials.clear();
  for (const v1::Trial& of_two : two.trials) {
    if (of_two.shape().depth() == 8) continue;
    for (const int64_t depth : {2, 8, 32}) {
      v1::Trial trial = of_two;
      trial.mutable_shape()->set_depth(depth);
      trial.mutable_shape()->set_width(64);
      trial.set_flops_per_token(6e5);
      const double x = std::log(static_cast<double>(depth) / best);
      trial.mutable_shape_card()->set_validation_loss(
          2 + x * x + 0.001 * static_cast<double>(trial.seed() * depth));
      runs.trials.push_back(trial);
    }
  }
  return runs;
}

constexpr char kBestDepth[] = R"({"measure": "validation_loss", "steps": [
    {"over": "shape", "along": "depth", "minimum": {}}]})";

TEST(JudgeTest, ABestAtTheEndOfWhatWasTriedIsNone) {
  EXPECT_EQ(PartOf(kBestDepth, Depths(8)).verdict(), v1::PartResult::SUPPORTED);
  const v1::PartResult part = PartOf(kBestDepth, Depths(64));
  EXPECT_EQ(part.verdict(), v1::PartResult::NOT_DECIDED);
  EXPECT_THAT(part.problem(),
              HasSubstr("5 of 5 least values lie at an end of what was tried"));
}

// Otherwise the runs would choose for how many parts a report is corrected.
TEST(JudgeTest, AFigureThatTurnedOutUnknownIsCorrectedForWithTheOthers) {
  std::string parts = kLoss;
  parts.pop_back();
  const std::string with_best = absl::StrCat(
      parts, R"(, {"name": "best", "figure": "b", "above": 0, "pipeline": )",
      kBestDepth, "}]");
  const auto adjusted = [](const std::string& of, const ClaimRuns& runs) {
    const v1::PartResult part = JudgeOne(of, runs).claims(0).parts(0);
    return part.adjusted_p_value() / part.p_value();
  };
  ClaimRuns runs = Runs(5, 0.1);
  for (v1::Trial trial : Depths(64).trials) {
    if (trial.shape().depth() != 32) continue;
    trial.mutable_shape_card()->set_validation_loss(
        1.5 + 0.001 * static_cast<double>(trial.seed()));
    runs.trials.push_back(trial);
  }
  EXPECT_NEAR(adjusted(parts + "]", runs), 1, 1e-9);
  EXPECT_NEAR(adjusted(with_best, runs), 2, 1e-9);
}

TEST(JudgeTest, AModelFarBeyondWhatWasTrainedIsNotJudged) {
  ClaimRuns runs = Depths(8);
  const ClaimRuns small = runs;
  for (v1::Trial trial : small.trials) {
    trial.set_budget_flops(1e12);
    trial.set_flops_per_token(6e7);
    runs.trials.push_back(trial);
  }
  const std::string pipeline = R"({"measure": "validation_loss", "steps": [
      {"over": "shape", "along": "depth", "minimum": {}},
      {"over": "budget", "along": "size", "model": ")";
  const v1::PartResult far = PartOf(pipeline + R"(gpt3-175b"}]})", runs);
  EXPECT_EQ(far.verdict(), v1::PartResult::NOT_DECIDED);
  EXPECT_TRUE(far.has_effect());
  EXPECT_FALSE(far.has_p_value());
  EXPECT_THAT(far.problem(),
              HasSubstr("times as large as the largest shape that was trained; "
                        "a verdict takes at most 100 times"));
  EXPECT_EQ(PartOf(pipeline + R"(bert-base"}]})", runs).problem(), "");
}

constexpr char kRatio[] = R"([{"name": "share", "figure": "a share", "above": 0,
    "pipeline": {"measure": "validation_loss", "steps": [
        {"over": "shape", "difference": {"of": "2x128", "from": "8x64"}}]},
    "divided_by": {"measure": "validation_loss", "steps": [
        {"over": "shape", "difference": {"of": "8x64", "from": "2x128"}}]}}])";

TEST(JudgeTest, ADivisorThatMayBeZeroIsSaid) {
  const v1::PartResult clear =
      JudgeOne(kRatio, Runs(5, 0.1)).claims(0).parts(0);
  EXPECT_EQ(clear.verdict(), v1::PartResult::CONTRADICTED);
  EXPECT_NEAR(clear.effect(), -1, 1e-12);
  const v1::PartResult part =
      JudgeOne(kRatio, Runs(5, 0.0001)).claims(0).parts(0);
  EXPECT_EQ(part.verdict(), v1::PartResult::NOT_DECIDED);
  EXPECT_FALSE(part.has_effect());
  EXPECT_THAT(part.problem(), HasSubstr("what it is divided by may be 0"));
}

TEST(JudgeTest, ADivisorAtTheEndOfWhatWasTriedIsNone) {
  const auto by_best_depth = [](double best) {
    return JudgeOne(absl::StrCat(R"([{"name": "share", "figure": "a share",
                        "above": 0, "pipeline": {"measure": "validation_loss",
                        "steps": [{"over": "shape", "only": "8x64"}]},
                        "divided_by": )",
                                 kBestDepth, "}]"),
                    Depths(best))
        .claims(0)
        .parts(0)
        .problem();
  };
  EXPECT_EQ(by_best_depth(8), "");
  EXPECT_THAT(by_best_depth(64),
              HasSubstr("5 of 5 least values lie at an end of what was tried"));
}

TEST(JudgeTest, RunsThatFailedAreToldWhereSeedsLack) {
  ClaimRuns runs = Runs(5, 0.1);
  for (v1::Trial& trial : runs.trials) {
    if (trial.seed() < 3) trial.set_state(v1::Trial::FAILED);
  }
  EXPECT_THAT(JudgeOne(kLoss, runs).claims(0).parts(0).problem(),
              HasSubstr("of 2 seeds; a verdict takes 3, and 6 runs ended "
                        "without validation_loss"));
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
