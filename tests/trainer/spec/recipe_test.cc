#include "trainer/spec/recipe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

namespace isoshape {
namespace {

using testing::HasSubstr;

// m_N = 4, m_L = 8.
Shape WideAndDeep() {
  Shape shape;
  shape.width = 256;
  shape.depth = 16;
  shape.head_dim = 16;
  return shape;
}

Recipe Base(Parameterization parameterization) {
  Recipe recipe;
  recipe.parameterization = parameterization;
  recipe.base_width = 64;
  recipe.base_depth = 2;
  recipe.learning_rate = 0.01;
  recipe.weight_decay = 0.2;
  recipe.epsilon = 1e-6;
  recipe.init_std = 0.02;
  recipe.output_multiplier = 3;
  return recipe;
}

void ExpectOptions(TensorKind kind, const Recipe& recipe, double rate,
                   double decay, double epsilon) {
  const GroupOptions options = OptionsOf(kind, WideAndDeep(), recipe);
  EXPECT_DOUBLE_EQ(options.learning_rate, rate);
  EXPECT_DOUBLE_EQ(options.weight_decay, decay);
  EXPECT_DOUBLE_EQ(options.epsilon, epsilon);
}

// Dey et al. 2025, table 1, column alpha = 1.
TEST(RecipeTest, CompletePFollowsItsTable) {
  const Recipe recipe = Base(Parameterization::kCompleteP);
  const Shape shape = WideAndDeep();
  const double hidden = 1e-6 / 32;
  ExpectOptions(TensorKind::kEmbedding, recipe, 0.01, 0.2, 1e-6);
  ExpectOptions(TensorKind::kHiddenMatrix, recipe, 0.0025, 0.8, hidden);
  ExpectOptions(TensorKind::kResidualMatrix, recipe, 0.0025, 0.8, hidden);
  ExpectOptions(TensorKind::kHiddenVector, recipe, 0.01, 0, hidden);
  ExpectOptions(TensorKind::kFinalNorm, recipe, 0.01, 0, 1e-6);
  ExpectOptions(TensorKind::kUnembedding, recipe, 0.01, 0.2, 1e-6);
  EXPECT_DOUBLE_EQ(InitialStd(TensorKind::kEmbedding, shape, recipe), 0.02);
  EXPECT_DOUBLE_EQ(InitialStd(TensorKind::kHiddenMatrix, shape, recipe), 0.01);
  EXPECT_DOUBLE_EQ(InitialStd(TensorKind::kResidualMatrix, shape, recipe),
                   0.01);
  EXPECT_DOUBLE_EQ(InitialStd(TensorKind::kUnembedding, shape, recipe), 0.02);
  EXPECT_DOUBLE_EQ(BranchMultiplier(shape, recipe), 1.0 / 8);
  EXPECT_DOUBLE_EQ(AttentionScale(shape, recipe), 1.0 / 16);
  EXPECT_DOUBLE_EQ(LogitsMultiplier(shape, recipe), 3.0 / 4);
}

TEST(RecipeTest, StandardHasOneRateAndSmallResidualMatrices) {
  const Recipe recipe = Base(Parameterization::kStandard);
  const Shape shape = WideAndDeep();
  for (const TensorKind kind :
       {TensorKind::kEmbedding, TensorKind::kHiddenMatrix,
        TensorKind::kResidualMatrix, TensorKind::kUnembedding}) {
    ExpectOptions(kind, recipe, 0.01, 0.2, 1e-6);
  }
  ExpectOptions(TensorKind::kHiddenVector, recipe, 0.01, 0, 1e-6);
  ExpectOptions(TensorKind::kFinalNorm, recipe, 0.01, 0, 1e-6);
  EXPECT_DOUBLE_EQ(InitialStd(TensorKind::kHiddenMatrix, shape, recipe), 0.02);
  EXPECT_DOUBLE_EQ(InitialStd(TensorKind::kResidualMatrix, shape, recipe),
                   0.02 / std::sqrt(32.0));
  EXPECT_DOUBLE_EQ(BranchMultiplier(shape, recipe), 1);
  EXPECT_DOUBLE_EQ(AttentionScale(shape, recipe), 0.25);
  EXPECT_DOUBLE_EQ(LogitsMultiplier(shape, recipe), 3);
}

TEST(RecipeTest, TheBaseShapeTrainsAtTheBaseSettings) {
  const Recipe recipe = Base(Parameterization::kCompleteP);
  Shape shape = WideAndDeep();
  shape.width = 64;
  shape.depth = 2;
  const GroupOptions options =
      OptionsOf(TensorKind::kHiddenMatrix, shape, recipe);
  EXPECT_DOUBLE_EQ(options.learning_rate, 0.01);
  EXPECT_DOUBLE_EQ(options.weight_decay, 0.2);
  EXPECT_DOUBLE_EQ(options.epsilon, 1e-6);
  EXPECT_DOUBLE_EQ(BranchMultiplier(shape, recipe), 1);
}

TEST(ScheduleTest, WarmsUpHoldsAndCoolsDown) {
  Recipe recipe;
  recipe.warmup_fraction = 0.1;
  recipe.cooldown_fraction = 0.2;
  EXPECT_DOUBLE_EQ(ScheduleFactor(0, 100, recipe), 0.1);
  EXPECT_DOUBLE_EQ(ScheduleFactor(8, 100, recipe), 0.9);
  EXPECT_DOUBLE_EQ(ScheduleFactor(9, 100, recipe), 1);
  EXPECT_DOUBLE_EQ(ScheduleFactor(79, 100, recipe), 1);
  // Hägele et al. 2024: 1 - sqrt of the share of the cooldown gone by.
  EXPECT_DOUBLE_EQ(ScheduleFactor(80, 100, recipe), 1 - std::sqrt(1.0 / 21));
  EXPECT_DOUBLE_EQ(ScheduleFactor(99, 100, recipe), 1 - std::sqrt(20.0 / 21));
  for (int step = 1; step < 100; ++step) {
    const double before = ScheduleFactor(step - 1, 100, recipe);
    const double factor = ScheduleFactor(step, 100, recipe);
    EXPECT_GT(factor, 0);
    EXPECT_LE(factor, 1);
    EXPECT_EQ(factor > before, step < 10) << step;
    EXPECT_EQ(factor < before, step >= 80) << step;
  }
}

TEST(ScheduleTest, HoldsWithoutCooldownAndForTheShortestRun) {
  Recipe recipe;
  recipe.warmup_fraction = 0;
  recipe.cooldown_fraction = 0;
  EXPECT_DOUBLE_EQ(ScheduleFactor(0, 10, recipe), 1);
  EXPECT_DOUBLE_EQ(ScheduleFactor(9, 10, recipe), 1);
  recipe.warmup_fraction = 0.05;
  recipe.cooldown_fraction = 0.2;
  EXPECT_DOUBLE_EQ(ScheduleFactor(0, 1, recipe), 1);
  recipe.cooldown_fraction = 1;
  EXPECT_GT(ScheduleFactor(0, 1, recipe), 0);
}

TEST(ScheduleTest, ACosineFallsToATenth) {
  Recipe recipe;
  recipe.schedule = Schedule::kCosine;
  recipe.warmup_fraction = 0.1;
  EXPECT_DOUBLE_EQ(ScheduleFactor(0, 110, recipe), 1.0 / 11);
  EXPECT_DOUBLE_EQ(ScheduleFactor(10, 110, recipe), 1);
  EXPECT_NEAR(ScheduleFactor(59, 109, recipe), 0.55, 1e-2);  // half way
  EXPECT_DOUBLE_EQ(ScheduleFactor(109, 110, recipe), 0.1);
  for (int step = 12; step < 110; ++step) {
    EXPECT_LT(ScheduleFactor(step, 110, recipe),
              ScheduleFactor(step - 1, 110, recipe));
  }
  EXPECT_DOUBLE_EQ(ScheduleFactor(0, 1, recipe), 1);
}

TEST(ScheduleTest, ABranchCoolsDownLikeARunOfItsLength) {
  const Recipe recipe;  // 20 % cooldown
  EXPECT_EQ(CooldownStart(100, recipe), 80);
  for (int step = 80; step < 100; ++step) {
    EXPECT_EQ(CooldownFactor(step, 100, recipe),
              ScheduleFactor(step, 100, recipe));
  }
}

TEST(BranchProblemTest, NamesTheBranchAndTheRemedy) {
  RunSpec spec;
  spec.steps = 1000;  // 50 steps of warmup
  EXPECT_EQ(BranchProblem(spec), "");
  spec.branch_steps = {100, 400, 999};
  EXPECT_EQ(BranchProblem(spec), "");
  const auto problem = [&spec](std::vector<int64_t> branches) {
    spec.branch_steps = std::move(branches);
    return BranchProblem(spec);
  };
  EXPECT_THAT(problem({0}), HasSubstr("has 0, and must ascend"));
  EXPECT_THAT(problem({400, 400}), HasSubstr("has 400, and must ascend"));
  EXPECT_THAT(problem({1000}), HasSubstr("the run's 1000 steps"));
  EXPECT_THAT(problem({60}), HasSubstr("begins at step 48, within the warmup"));
  spec.recipe.cooldown_fraction = 0;
  EXPECT_THAT(problem({400}), HasSubstr("cooldown_fraction above 0"));
  spec.recipe = {};
  spec.recipe.schedule = Schedule::kCosine;
  EXPECT_THAT(problem({400}), HasSubstr("use schedule wsd"));
}

}  // namespace
}  // namespace isoshape
