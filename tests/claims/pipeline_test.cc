#include "claims/pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "absl/strings/str_cat.h"
#include "messages/json/proto_json.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;

v1::Trial TrialOf(int64_t depth, int64_t width, double budget, int64_t seed,
                  double loss) {
  v1::Trial trial;
  trial.mutable_shape()->set_depth(depth);
  trial.mutable_shape()->set_width(width);
  trial.set_budget_flops(budget);
  trial.set_seed(seed);
  trial.set_parameters(12 * depth * width * width);
  trial.set_flops_per_token(72.0 * static_cast<double>(depth * width * width));
  trial.set_state(v1::Trial::SUCCEEDED);
  trial.mutable_shape_card()->set_validation_loss(loss);
  trial.mutable_shape_card()->set_unigram_entropy(3);
  return trial;
}

v1::ClaimPipeline PipelineOf(const std::string& text) {
  v1::ClaimPipeline pipeline;
  const absl::Status status = FromJson(nlohmann::json::parse(text), &pipeline);
  EXPECT_TRUE(status.ok()) << status;
  return pipeline;
}

// Two shapes, two budgets, three seeds: deep is better by .1 at the small and
// by .3 at the large budget, and a seed shifts both alike.
ClaimRuns TwoShapes() {
  ClaimRuns runs;
  for (const int64_t seed : {0, 1, 2}) {
    const double shift = 0.01 * static_cast<double>(seed);
    runs.trials.push_back(TrialOf(2, 128, 1e11, seed, 2.1 + shift));
    runs.trials.push_back(TrialOf(8, 64, 1e11, seed, 2.0 + shift));
    runs.trials.push_back(TrialOf(2, 128, 1e12, seed, 1.8 + shift));
    runs.trials.push_back(TrialOf(8, 64, 1e12, seed, 1.5 + shift));
  }
  return runs;
}

constexpr char kWideLessDeep[] = R"({"measure": "validation_loss", "steps": [
    {"over": "shape", "along": "aspect",
     "difference": {"of": "largest", "from": "smallest"}}]})";

TEST(PipelineTest, DifferencesArePairedByBudgetAndSeed) {
  const auto values = RunPipeline(PipelineOf(kWideLessDeep), {TwoShapes()});
  ASSERT_TRUE(values.ok()) << values.status();
  ASSERT_EQ(values->size(), 3U);
  for (const auto& [seed, value] : *values) EXPECT_NEAR(value, 0.2, 1e-12);
}

TEST(PipelineTest, TheCellsBeforeAStepAreThere) {
  v1::ClaimPipeline pipeline = PipelineOf(kWideLessDeep);
  pipeline.set_logarithm(true);
  const auto before = CellsAfter(pipeline, 0, {TwoShapes()});
  ASSERT_TRUE(before.ok()) << before.status();
  ASSERT_EQ(before->size(), 12U);
  EXPECT_NEAR(before->front().value, std::log(2.1), 1e-12);
  const auto after = CellsAfter(pipeline, 1, {TwoShapes()});
  ASSERT_TRUE(after.ok()) << after.status();
  EXPECT_EQ(after->size(), 6U);
  EXPECT_EQ(AlongOf(pipeline.steps(0)), "aspect");
}

// A loss below the floor has no logarithm: its seed tells nothing, and not what
// the other places say.
TEST(PipelineTest, WhatHasNoLogarithmIsAHole) {
  ClaimRuns runs = TwoShapes();
  runs.trials.front().mutable_shape_card()->set_validation_loss(-0.1);
  v1::ClaimPipeline pipeline = PipelineOf(kWideLessDeep);
  pipeline.set_logarithm(true);
  const auto values = RunPipeline(pipeline, {runs});
  ASSERT_TRUE(values.ok()) << values.status();
  EXPECT_EQ(values->size(), 2U);
  EXPECT_FALSE(values->contains("0"));
  for (v1::Trial& trial : runs.trials) {
    if (trial.budget_flops() == 1e11) {
      trial.mutable_shape_card()->set_validation_loss(-0.1);
    }
  }
  const auto none = RunPipeline(pipeline, {runs});
  ASSERT_TRUE(none.ok()) << none.status();
  EXPECT_TRUE(none->empty());
}

TEST(PipelineTest, SlopeOfADifferenceOverBudgets) {
  v1::ClaimPipeline pipeline = PipelineOf(kWideLessDeep);
  v1::ClaimStep& step = *pipeline.add_steps();
  step.set_over("budget");
  step.mutable_slope();
  const auto values = RunPipeline(pipeline, {TwoShapes()});
  ASSERT_TRUE(values.ok()) << values.status();
  EXPECT_NEAR(values->at("1"), 0.2 / std::log(10.0), 1e-12);
}

TEST(PipelineTest, ASeedThatLacksARunIsLeftOut) {
  ClaimRuns runs = TwoShapes();
  runs.trials.pop_back();
  const auto values = RunPipeline(PipelineOf(kWideLessDeep), {runs});
  ASSERT_TRUE(values.ok()) << values.status();
  EXPECT_EQ(values->size(), 2U);
  EXPECT_FALSE(values->contains("2"));
}

// Where the largest failed, the figure is not that of the next one.
TEST(PipelineTest, AFailedRunIsAHoleAndNotTheNextPlace) {
  ClaimRuns runs = TwoShapes();
  for (const int64_t seed : {0, 1, 2}) {
    for (const double budget : {1e11, 1e12}) {
      v1::Trial trial = TrialOf(32, 32, budget, seed, 1);
      if (seed == 1) trial.set_state(v1::Trial::FAILED);
      runs.trials.push_back(trial);
    }
  }
  const auto last = [&] {
    return RunPipeline(PipelineOf(R"({"measure": "validation_loss", "steps": [
          {"over": "shape", "along": "depth", "only": "largest"}]})"),
                       {runs});
  };
  ASSERT_TRUE(last().ok());
  EXPECT_EQ(last()->size(), 2U);
  EXPECT_FALSE(last()->contains("1"));
  for (v1::Trial& trial : runs.trials) {
    if (trial.shape().depth() == 32) trial.set_state(v1::Trial::FAILED);
  }
  ASSERT_TRUE(last().ok());
  EXPECT_TRUE(last()->empty());
  // Nor is a mean over the budgets that are there one over all.
  for (v1::Trial& trial : runs.trials) {
    if (trial.budget_flops() < 1e12) trial.set_state(v1::Trial::SUCCEEDED);
  }
  ASSERT_TRUE(last().ok());
  EXPECT_TRUE(last()->empty());
  // What does not ask for it is as it was.
  const auto of_others =
      RunPipeline(PipelineOf(R"({"measure": "validation_loss", "steps": [
        {"over": "shape", "difference": {"of": "2x128", "from": "8x64"}}]})"),
                  {runs});
  ASSERT_TRUE(of_others.ok()) << of_others.status();
  EXPECT_EQ(of_others->size(), 3U);
}

TEST(PipelineTest, ARunWithoutTheMeasureIsAHole) {
  ClaimRuns runs = TwoShapes();
  for (v1::Trial& trial : runs.trials) {
    trial.mutable_shape_card()->set_generalization_gap(1);
    if (trial.seed() == 0 && trial.shape().depth() == 2) {
      trial.mutable_shape_card()->clear_generalization_gap();
    }
  }
  const auto values =
      RunPipeline(PipelineOf(R"({"measure": "generalization_gap", "steps": [
        {"over": "shape", "mean": {}}]})"),
                  {runs});
  ASSERT_TRUE(values.ok()) << values.status();
  EXPECT_EQ(values->size(), 2U);
}

// Loss 3, 1, 2 at depths 2, 8, 32.
TEST(PipelineTest, TheNextToAnEnd) {
  ClaimRuns runs;
  runs.trials = {TrialOf(32, 32, 1e11, 0, 2), TrialOf(2, 128, 1e11, 0, 3),
                 TrialOf(8, 64, 1e11, 0, 1)};
  const auto figure = [&](const std::string& of, const std::string& from) {
    const auto values = RunPipeline(
        PipelineOf(absl::StrCat(
            R"({"measure": "validation_loss", "steps": [{"over": "shape",
                "along": "depth", "difference": {"of": ")",
            of, R"(", "from": ")", from, R"("}}]})")),
        {runs});
    EXPECT_TRUE(values.ok()) << values.status();
    return values->at("0");
  };
  EXPECT_EQ(figure("smallest", "next-smallest"), 2);
  EXPECT_EQ(figure("largest", "next-largest"), 1);
  EXPECT_EQ(figure("largest", "smallest"), -1);
}

TEST(PipelineTest, LeastValuesAtAnEndAreCounted) {
  ClaimRuns runs;
  for (const int64_t seed : {0, 1}) {
    for (const int64_t depth : {2, 8, 32}) {
      const double x = std::log(static_cast<double>(depth) / 8);
      // Best at 8, and of seed 1 at 32.
      runs.trials.push_back(
          TrialOf(depth, 64, 1e11, seed, seed == 0 ? 2 + x * x : 2 - x));
    }
  }
  const v1::ClaimPipeline pipeline =
      PipelineOf(R"({"measure": "validation_loss", "steps": [
        {"over": "shape", "along": "depth", "minimum": {}},
        {"over": "budget", "mean": {}}]})");
  const auto cells = CellsAfter(pipeline, 2, {runs});
  ASSERT_TRUE(cells.ok()) << cells.status();
  ASSERT_EQ(cells->size(), 2U);
  for (const ClaimCell& cell : *cells) {
    EXPECT_EQ(cell.minima, 1);
    EXPECT_EQ(cell.at_ends, cell.place.at("seed") == "1" ? 1 : 0);
  }
}

// Of seed 2 the deepest is another shape than of the others.
TEST(PipelineTest, TheLargestIsTheSameForAllSeeds) {
  ClaimRuns runs = TwoShapes();
  for (const int64_t seed : {0, 1}) {
    runs.trials.push_back(TrialOf(32, 32, 1e11, seed, 1));
    runs.trials.push_back(TrialOf(32, 32, 1e12, seed, 1));
  }
  const auto values =
      RunPipeline(PipelineOf(R"({"measure": "validation_loss", "steps": [
        {"over": "shape", "along": "depth", "only": "largest"}]})"),
                  {runs});
  ASSERT_TRUE(values.ok()) << values.status();
  EXPECT_EQ(values->size(), 2U);
  EXPECT_FALSE(values->contains("2"));
}

TEST(PipelineTest, ExcludedAndFailedRunsDoNotCount) {
  ClaimRuns runs = TwoShapes();
  for (v1::Trial& trial : runs.trials) {
    if (trial.seed() == 1) trial.set_excluded(true);
    if (trial.seed() == 2) trial.set_state(v1::Trial::FAILED);
  }
  const auto values = RunPipeline(PipelineOf(kWideLessDeep), {runs});
  ASSERT_TRUE(values.ok()) << values.status();
  EXPECT_EQ(values->size(), 1U);
}

TEST(PipelineTest, ARunThatDivergedKnowsTheFrequenciesAlone) {
  ClaimRuns runs = TwoShapes();
  for (v1::Trial& trial : runs.trials) {
    if (trial.shape().depth() == 8) {
      trial.set_state(v1::Trial::DIVERGED);
      trial.clear_shape_card();
    }
  }
  const auto values = RunPipeline(PipelineOf(kWideLessDeep), {runs});
  ASSERT_TRUE(values.ok()) << values.status();
  // (2.1 - 3 + 1.8 - 3) / 2.
  EXPECT_NEAR(values->at("0"), -1.05, 1e-12);
}

TEST(PipelineTest, RatiosOfFieldsOfTheTrial) {
  const auto values =
      RunPipeline(PipelineOf(R"({"measure": "parameters", "steps": [
        {"over": "shape", "log_ratio": {"of": "2x128", "from": "8x64"}}]})"),
                  {TwoShapes()});
  ASSERT_TRUE(values.ok()) << values.status();
  EXPECT_NEAR(values->at("0"), 0, 1e-12);
}

TEST(PipelineTest, DistanceFromOneEitherWay) {
  ClaimRuns runs = TwoShapes();
  for (v1::Trial& trial : runs.trials) {
    trial.mutable_shape_card()->set_gradient_path_ratio(
        trial.shape().depth() == 2 ? 0.5 : 4);
  }
  const auto values = RunPipeline(
      PipelineOf(R"({"measure": "gradient_path_ratio", "logarithm": true,
        "absolute": true, "steps": [
        {"over": "shape", "difference": {"of": "2x128", "from": "8x64"}}]})"),
      {runs});
  ASSERT_TRUE(values.ok()) << values.status();
  EXPECT_NEAR(values->at("0"), std::log(2.0) - std::log(4.0), 1e-12);
}

TEST(PipelineTest, CampaignsAreADimensionWithASetting) {
  std::vector<ClaimRuns> campaigns(3);
  for (int i = 0; i < 3; ++i) {
    campaigns[i].label = absl::StrCat("l", i);
    campaigns[i].setting = i;
    // One shape and budget of its own each, which have to go first.
    campaigns[i].trials = {TrialOf(2 + i, 64, 1e11 * (i + 1), 0, 2 - 0.5 * i)};
  }
  const auto values =
      RunPipeline(PipelineOf(R"({"measure": "validation_loss", "steps": [
        {"over": "shape", "mean": {}}, {"over": "budget", "mean": {}},
        {"over": "campaign", "slope": {}}]})"),
                  campaigns);
  ASSERT_TRUE(values.ok()) << values.status();
  EXPECT_NEAR(values->at("0"), -0.5, 1e-12);
}

// Shapes of one size at each of two budgets, the best aspect ratio 16 at size
// 1e5 and 32 at 1e6; GPT-3 lies at 128 and 1.75e11.
TEST(PipelineTest, AModelIsHeldAgainstTheLineThroughTheBest) {
  ClaimRuns runs;
  for (const auto& [budget, size, best] :
       {std::tuple{1e11, 1e5, 16.0}, std::tuple{1e13, 1e6, 32.0}}) {
    for (const double aspect : {best / 4, best, best * 4}) {
      v1::Trial trial = TrialOf(4, static_cast<int64_t>(4 * aspect), budget, 0,
                                2 + std::pow(std::log(aspect / best), 2));
      trial.set_flops_per_token(6 * size);
      runs.trials.push_back(trial);
    }
  }
  const auto values =
      RunPipeline(PipelineOf(R"({"measure": "validation_loss", "steps": [
        {"over": "shape", "along": "aspect", "minimum": {}},
        {"over": "budget", "along": "size", "model": "gpt3-175b"}]})"),
                  {runs});
  ASSERT_TRUE(values.ok()) << values.status();
  ASSERT_EQ(values->size(), 1U);
  // Two to a factor of ten of size: 16 x 2^(log10 of N / 1e5), N about 1.8e11.
  const double expected = std::log(128.0) - std::log(16.0) -
                          std::log(2.0) * std::log10(1.8e11 / 1e5);
  EXPECT_NEAR(values->at("0"), expected, 0.05);
  const auto beyond =
      ExtrapolationOf(PipelineOf(R"({"measure": "validation_loss", "steps": [
        {"over": "shape", "along": "aspect", "minimum": {}},
        {"over": "budget", "along": "size", "model": "gpt3-175b"}]})"),
                      {runs});
  ASSERT_TRUE(beyond.ok() && beyond->has_value()) << beyond.status();
  EXPECT_NEAR(**beyond, 1.8e5, 1e4);
}

void ExpectRefused(const std::string& pipeline, const std::string& message) {
  const auto values = RunPipeline(PipelineOf(pipeline), {TwoShapes()});
  EXPECT_EQ(values.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(values.status().message()), HasSubstr(message));
}

TEST(PipelineTest, WhatDoesNotExistIsRefusedByName) {
  ExpectRefused(R"({"measure": "validation_los"})",
                "did you mean 'validation_loss'?");
  ExpectRefused(R"({"measure": "warnings"})", "is no number");
  ExpectRefused(R"({"measure": "tokens", "steps": [{"over": "shapes",
                 "mean": {}}]})",
                "step 1: over 'shapes' is none of");
  ExpectRefused(R"({"measure": "parameters", "steps": [{"over": "shape",
                 "only": "4x4"}]})",
                "no shape '4x4' among 2x128, 8x64");
  ExpectRefused(R"({"measure": "parameters", "steps": [{"over": "shape",
                 "only": "largest"}]})",
                "needs `along`");
  ExpectRefused(R"({"measure": "parameters", "steps": [{"over": "shape",
                 "mean": {}}, {"over": "shape", "mean": {}}]})",
                "step 2: an earlier step has taken shape away");
  ExpectRefused(R"({"measure": "parameters", "steps": [{"over": "shape",
                 "slope": {}}]})",
                "along what is not said");
  ExpectRefused(R"({"measure": "parameters", "steps": [{"over": "budget",
                 "along": "size", "model": "gpt5"}]})",
                "no published shape");
  ExpectRefused(R"({"measure": "parameters", "steps": [{"over": "shape"}]})",
                "what to do over shape is not said");
}

}  // namespace
}  // namespace isoshape
