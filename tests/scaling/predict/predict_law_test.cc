#include "scaling/predict/predict_law.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "scaling/predict/trend_prediction.h"
#include "tests/scaling/predict/demo_question.h"
#include "tests/scaling/synthetic_runs.h"

namespace isoshape {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

PredictLawOptions Parametric(int resamples) {
  PredictLawOptions options;
  options.fit.law = Law::kParametric;
  options.fit.resamples = resamples;
  options.allocation.flops = kTarget;
  return options;
}

TEST(PredictLawTest, ALawThatTheRunsFollowIsIdentifiedAndTried) {
  const Runs runs = DemoRuns(FlooredPowerLaw, 3, 0.005, 1);
  const auto prediction = PredictByLaw(runs, Parametric(100));
  ASSERT_TRUE(prediction.ok()) << prediction.status();
  EXPECT_THAT(prediction->problems, IsEmpty());
  const LawCheck& check = prediction->check;
  EXPECT_EQ(check.runs, 7);
  EXPECT_NEAR(check.reach, std::log(3), 1e-9);
  EXPECT_NEAR(check.span, std::log(3), 1e-9);
  EXPECT_LT(std::abs(check.miss), 2 * check.standard_error);
  EXPECT_NEAR(prediction->scatter, 0.003, 0.002);  // of losses about 1.7
  EXPECT_EQ(prediction->degrees_of_freedom, 21 - 5);
  // If the curvature is constant the miss grows by 3 (3 + 6) / (3 (3 + 3)) at
  // another factor of 3.
  EXPECT_NEAR(check.Growth(std::log(3)), 1.5, 1e-9);
  EXPECT_EQ(check.Growth(-1), 1);
}

TEST(LawCheckTest, WhatTheStandardErrorExplainsIsNoDiscrepancyOfTheLaw) {
  EXPECT_DOUBLE_EQ(
      (LawCheck{.miss = -0.05, .standard_error = 0.03}).Discrepancy(), 0.04);
  EXPECT_EQ((LawCheck{.miss = 0.02, .standard_error = 0.03}).Discrepancy(), 0);
}

TEST(PredictLawTest, ALawThatDoesNotBendAsTheRunsIsNamed) {
  const Runs runs = DemoRuns(BendsDown, 3, 0.005, 1);
  const auto prediction = PredictByLaw(runs, Parametric(100));
  ASSERT_TRUE(prediction.ok()) << prediction.status();
  EXPECT_GT(prediction->check.miss, 0.02);
  EXPECT_THAT(prediction->problems,
              Contains(HasSubstr("it does not bend as they do")));
}

TEST(PredictLawTest, TwoBudgetsCannotTryALaw) {
  const Runs runs = DemoRuns(FlooredPowerLaw, 2, 0.005, 1);
  const auto prediction = PredictByLaw(runs, Parametric(50));
  ASSERT_TRUE(prediction.ok()) << prediction.status();
  EXPECT_THAT(prediction->problems,
              Contains(HasSubstr("needs a third budget")));
  EXPECT_EQ(prediction->check.reach, 0);
}

TEST(PredictLawTest, WithoutBudgetsTheTopQuarterIsLeftOut) {
  Runs runs = DemoRuns(FlooredPowerLaw, 4, 0.003, 2);
  runs.budget.clear();
  const auto prediction = PredictByLaw(runs, Parametric(50));
  ASSERT_TRUE(prediction.ok()) << prediction.status();
  EXPECT_EQ(prediction->check.runs, 7);
  EXPECT_THAT(prediction->problems, IsEmpty());
}

// Predicts as a campaign does: by the law if it is identified, else along the
// trend. docs/science.md has the figures of more campaigns and truths.
TEST(PredictLawTest, IntervalsHoldANewRunAtAboutTheirNominalRate) {
  constexpr double kNoise = 0.01;
  constexpr int kCampaigns = 40;
  for (const auto& [name, law, identified_at_least, identified_at_most] :
       {std::tuple{"floor", LossLaw(FlooredPowerLaw), 0.9, 1.0},
        std::tuple{"bends down", LossLaw(BendsDown), 0.0, 0.1}}) {
    SCOPED_TRACE(name);
    int held = 0;
    int identified = 0;
    for (uint64_t seed = 0; seed < kCampaigns; ++seed) {
      const Runs runs = DemoRuns(law, 3, kNoise, 100 + seed);
      const auto by_law = PredictByLaw(runs, Parametric(100));
      ASSERT_TRUE(by_law.ok()) << by_law.status();
      const auto fit = FitRuns(runs, 100);
      ASSERT_TRUE(fit.ok()) << fit.status();
      double size = fit->size->At(kTarget);
      Interval loss;
      if (by_law->problems.empty()) {
        ++identified;
        size = by_law->figures[0].estimate.value;
        loss = LossOfRun(*by_law, size, kTarget / 6 / size, 1);
      } else {
        loss = PredictLoss(*fit, runs, kTarget, size)->loss;
      }
      std::mt19937_64 engine(seed);
      std::normal_distribution<double> normal(0, kNoise);
      const double measured = law(size, kTarget / 6 / size) + normal(engine);
      held += *loss.lower <= measured && measured <= *loss.upper ? 1 : 0;
    }
    EXPECT_GE(held, 0.9 * kCampaigns);
    EXPECT_GE(identified, identified_at_least * kCampaigns);
    EXPECT_LE(identified, identified_at_most * kCampaigns);
  }
}

}  // namespace
}  // namespace isoshape
