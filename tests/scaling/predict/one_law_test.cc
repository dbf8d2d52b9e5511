// Questions that one law alone answers: a place on the runs' own line, and a
// rule by which the best size of a budget is found.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "scaling/predict/predict.h"
#include "tests/scaling/predict/demo_question.h"
#include "tests/scaling/synthetic_runs.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;

// A question that fixes its place on the runs' own line needs no best size.
TEST(OneLawTest, OnALineTheLossAtAFixedRatioIsAnswered) {
  const Runs runs = LadderRuns();
  const double truth = FlooredPowerLaw(2e7, 4e8);
  PredictionQuestion question = DemoQuestion(200);
  question.flops = 120 * 2e7 * 2e7;
  EXPECT_FALSE(Predict(runs, question).ok());  // the best size is not told
  question.tokens_per_size = 20;
  PredictionQuestion run = DemoQuestion(200);
  run.flops = 0;
  run.run = AskedRun{.size = 2e7, .tokens = 4e8};
  for (const PredictionQuestion& asked : {question, run}) {
    const auto prediction = Predict(runs, asked);
    ASSERT_TRUE(prediction.ok()) << prediction.status();
    EXPECT_EQ(prediction->law, "ladder");
    EXPECT_NEAR(prediction->size.value / 2e7, 1, 1e-6);
    EXPECT_NEAR(prediction->tokens.value / 4e8, 1, 1e-6);
    EXPECT_LT(*prediction->loss.lower, truth);
    EXPECT_GT(*prediction->loss.upper, truth);
  }
  // Off the line no run says anything.
  question.tokens_per_size = 40;
  const auto off = Predict(runs, question);
  EXPECT_EQ(off.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(off.status().message()),
              HasSubstr("off the runs' own line, about D = 20 N"));
}

// A rule is of the trend, which answers then or nothing does.
TEST(OneLawTest, ARuleIsHonouredOrRefused) {
  const Runs runs = DemoRuns(FlooredPowerLaw, 5, 0.002, 1);
  PredictionQuestion question = DemoQuestion(200);
  question.fit.rule = OptimumMethod::kAkima;
  question.flops = 243 * 2.5e11;
  const auto prediction = Predict(runs, question);
  ASSERT_TRUE(prediction.ok()) << prediction.status();
  EXPECT_EQ(prediction->law, "isoflop");
  EXPECT_THAT(prediction->method, HasSubstr("rule akima"));
  question.tokens_per_size = 20;
  EXPECT_EQ(Predict(runs, question).status().code(),
            absl::StatusCode::kInvalidArgument);
  question.tokens_per_size.reset();
  question.fit.fixed_e = 0.9;
  EXPECT_EQ(Predict(runs, question).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace isoshape
