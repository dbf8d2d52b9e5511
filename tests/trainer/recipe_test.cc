#include "trainer/recipe.h"

#include <gtest/gtest.h>

#include <cmath>

namespace isoshape {
namespace {

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

}  // namespace
}  // namespace isoshape
