#include "scaling/predict/predict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "shape/accounting.h"
#include "tests/scaling/synthetic_runs.h"

namespace isoshape {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr double kTarget = 27 * 2.5e11;

PredictionQuestion Question(double flops = kTarget) {
  PredictionQuestion question;
  question.flops = flops;
  question.fit.resamples = 100;
  question.candidates.space.max_width = 1024;
  return question;
}

Runs WithoutShapes(Runs runs) {
  runs.depth.clear();
  runs.width.clear();
  return runs;
}

// ln loss of the optimum falls ever more steeply, which no law has.
double BendsDown(double size, double tokens) {
  const double step =
      std::max(0.0, std::log(6 * size * tokens / 2.5e11) / std::log(3));
  const double x = std::log(size / (25e3 * std::pow(3, 0.55 * step)));
  return std::exp(0.7275 - 0.121 * step - 0.0355 * step * step) *
         (1 + 0.12 * (std::cosh(x) - 1));
}

// One aspect ratio only: the shape law cannot be told, the parametric can.
TEST(PredictTest, StepsDownToTheParametricLawWithTheReason) {
  const Runs runs = DemoRuns(FlooredPowerLaw, 3, 0.005, 1);
  const auto prediction = Predict(runs, Question());
  ASSERT_TRUE(prediction.ok()) << prediction.status();
  EXPECT_EQ(prediction->law, "parametric");
  EXPECT_THAT(prediction->warnings,
              Contains(HasSubstr("the law shape is not used: ")));
  EXPECT_THAT(prediction->warnings, Contains(HasSubstr("not a finding")));
  ASSERT_EQ(prediction->shapes.size(), 5);
  EXPECT_NEAR(prediction->aspect_ratio, 16, 1e-9);
  EXPECT_EQ(prediction->shapes[0].above_best, 0);
  EXPECT_GT(prediction->shapes[1].wasted_compute, 0);
  EXPECT_NEAR(prediction->size.value / BestSize(FlooredPowerLaw, kTarget), 1,
              0.2);
  ASSERT_TRUE(prediction->check.has_value());
  EXPECT_EQ(prediction->check->runs, 7);
}

TEST(PredictTest, StepsDownToTheTrendWithBothReasons) {
  const Runs runs = DemoRuns(BendsDown, 3, 0.005, 1);
  const auto prediction = Predict(runs, Question());
  ASSERT_TRUE(prediction.ok()) << prediction.status();
  EXPECT_EQ(prediction->law, "isoflop");
  EXPECT_THAT(prediction->warnings,
              Contains(HasSubstr("the law parametric is not used: ")));
  EXPECT_THAT(prediction->warnings,
              Contains(HasSubstr("it does not bend as they do")));
  EXPECT_THAT(prediction->figures, IsEmpty());
  ASSERT_EQ(prediction->shapes.size(), 1);
  EXPECT_LT(*prediction->loss.lower, prediction->loss.value);
}

// A file may have runs without width and depth.
TEST(PredictTest, RunsWithoutShapesGiveTheOptimumAlone) {
  const Runs runs = WithoutShapes(DemoRuns(FlooredPowerLaw, 3, 0.005, 1));
  const auto prediction = Predict(runs, Question());
  ASSERT_TRUE(prediction.ok()) << prediction.status();
  EXPECT_EQ(prediction->law, "parametric");
  EXPECT_THAT(prediction->shapes, IsEmpty());
  EXPECT_EQ(prediction->aspect_ratio, 0);
  EXPECT_THAT(prediction->warnings,
              Not(Contains(HasSubstr("the law shape is not used"))));
  const double best = BestSize(FlooredPowerLaw, kTarget);
  const double truth = FlooredPowerLaw(best, kTarget / 6 / best);
  EXPECT_LT(*prediction->loss.lower, truth);
  EXPECT_GT(*prediction->loss.upper, truth);
  const auto trend =
      Predict(WithoutShapes(DemoRuns(BendsDown, 3, 0.005, 1)), Question());
  ASSERT_TRUE(trend.ok()) << trend.status();
  EXPECT_EQ(trend->law, "isoflop");
  EXPECT_THAT(trend->shapes, IsEmpty());
}

TEST(PredictTest, RunsWithoutBudgetsHaveNoTrend) {
  Runs runs = WithoutShapes(DemoRuns(FlooredPowerLaw, 4, 0.003, 2));
  runs.budget.clear();
  const auto prediction = Predict(runs, Question());
  ASSERT_TRUE(prediction.ok()) << prediction.status();
  EXPECT_EQ(prediction->law, "parametric");
  EXPECT_EQ(prediction->largest_flops, runs.FlopsRange().second);
  // The law says nothing of shapes, and no budget that compared aspect ratios.
  Runs shaped = DemoRuns(FlooredPowerLaw, 4, 0.003, 2);
  shaped.budget.clear();
  const auto optimum = Predict(shaped, Question());
  ASSERT_TRUE(optimum.ok()) << optimum.status();
  EXPECT_THAT(optimum->shapes, IsEmpty());
  EXPECT_THAT(optimum->warnings, Contains(HasSubstr("no shape is chosen")));
  // With runs of one compute alone no law can be tried, and there is no trend
  // to fall back on.
  const Runs one = WithoutShapes(DemoRuns(FlooredPowerLaw, 1, 0.003, 2));
  const auto status = Predict(one, Question()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("needs 2 budgets"));
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("the law parametric is not used"));
  // Unless nobody said so.
  Runs unsaid = one;
  unsaid.budget.clear();
  const auto anyhow = Predict(unsaid, Question());
  ASSERT_TRUE(anyhow.ok()) << anyhow.status();
  EXPECT_THAT(anyhow->warnings,
              Contains(HasSubstr("parametric is followed all the same")));
}

TEST(PredictTest, ANamedLawIsFollowedWithItsWarnings) {
  const Runs runs = DemoRuns(BendsDown, 3, 0.005, 1);
  PredictionQuestion question = Question();
  question.law = Law::kParametric;
  const auto prediction = Predict(runs, question);
  ASSERT_TRUE(prediction.ok()) << prediction.status();
  EXPECT_EQ(prediction->law, "parametric");
  EXPECT_THAT(prediction->warnings,
              Contains(HasSubstr("beyond its runs the law is not shown")));
  question.law = Law::kEnvelope;
  EXPECT_EQ(Predict(runs, question).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(PredictTest, SizesMayBeParameters) {
  Runs runs = DemoRuns(FlooredPowerLaw, 3, 0.005, 1);
  ASSERT_EQ(runs.measure, SizeMeasure::kParams);
  const auto prediction = Predict(runs, Question());
  ASSERT_TRUE(prediction.ok()) << prediction.status();
  const PricedShape& best = prediction->shapes.front();
  EXPECT_EQ(best.choice.size,
            static_cast<double>(CountParameters(best.choice.shape).total()));
  EXPECT_NEAR(std::log(best.choice.size / prediction->size.value), 0, 0.3);
}

TEST(PredictTest, UsesBudgetsUpToTheLargestAsked) {
  PredictionQuestion question = Question();
  question.fit.max_budget = 7.5e11;
  const auto prediction =
      Predict(DemoRuns(FlooredPowerLaw, 3, 0.005, 1), question);
  ASSERT_TRUE(prediction.ok()) << prediction.status();
  EXPECT_NEAR(prediction->largest_flops / 7.5e11, 1, 1e-9);
  // Two budgets cannot try a law.
  EXPECT_EQ(prediction->law, "isoflop");
  EXPECT_THAT(prediction->warnings,
              Contains(HasSubstr("needs a third budget")));
}

TEST(PredictTest, RefusesWhatIsOutOfRange) {
  const Runs runs = DemoRuns(FlooredPowerLaw, 2, 0.005, 5);
  for (const double bad : {0.0, -1.0, double{NAN}, double{INFINITY}}) {
    EXPECT_EQ(Predict(runs, Question(bad)).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
  PredictionQuestion question = Question();
  question.fit.level = 1;
  EXPECT_EQ(Predict(runs, question).status().code(),
            absl::StatusCode::kInvalidArgument);
  // A limit of latency with nothing measured.
  question = Question();
  question.candidates.max_decode_seconds = 1;
  EXPECT_EQ(Predict(runs, question).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace isoshape
