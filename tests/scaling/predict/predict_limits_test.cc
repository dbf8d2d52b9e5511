// What a prediction says of limits, and what they cost.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "scaling/predict/predict.h"
#include "tests/scaling/predict/demo_question.h"
#include "tests/scaling/synthetic_runs.h"

namespace isoshape {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

PredictionQuestion Question(double flops) { return DemoQuestion(100, flops); }

// Limits that no shape meets are said to be that, whatever law is followed.
TEST(PredictTest, LimitsDoNotChooseTheLaw) {
  const Runs runs = DemoRuns(FlooredPowerLaw, 5, 0.002, 1);
  PredictionQuestion question = Question(243 * 2.5e11);
  question.candidates.space.max_parameters = 100;
  question.limited = true;
  const auto status = Predict(runs, question).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), Not(HasSubstr("do not identify")));
  // What a limit would have to allow is told.
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("the smallest, 1x16, has 11184"));
}

// Shapes are compared with the best within the limits, which says nothing of
// what the limits cost: a warning does, by the optimum without them.
TEST(PredictTest, ALimitThatBindsSaysWhatItCosts) {
  const Runs runs = DemoRuns(FlooredPowerLaw, 5, 0.002, 1);
  PredictionQuestion question = Question(243 * 2.5e11);
  const auto free = Predict(runs, question);
  ASSERT_TRUE(free.ok()) << free.status();
  EXPECT_THAT(free->warnings, testing::Each(Not(HasSubstr("the limits cost"))));
  question.limited = true;
  // Room enough binds nothing.
  question.candidates.space.max_parameters =
      static_cast<int64_t>(4 * free->shapes.front().parameters);
  const auto roomy = Predict(runs, question);
  ASSERT_TRUE(roomy.ok()) << roomy.status();
  EXPECT_EQ(roomy->shapes.front().choice.loss,
            free->shapes.front().choice.loss);
  EXPECT_THAT(roomy->warnings,
              testing::Each(Not(HasSubstr("the limits cost"))));
  question.candidates.space.max_parameters =
      static_cast<int64_t>(free->shapes.front().parameters / 20);
  const auto bound = Predict(runs, question);
  ASSERT_TRUE(bound.ok()) << bound.status();
  EXPECT_EQ(bound->shapes.front().above_best, 0);
  EXPECT_GT(bound->shapes.front().choice.loss,
            free->shapes.front().choice.loss);
  EXPECT_THAT(bound->warnings,
              Contains(testing::AllOf(HasSubstr("the limits cost"),
                                      HasSubstr(" % of the compute"))));
  EXPECT_THAT(
      bound->warnings,
      Contains(testing::AllOf(HasSubstr("of the best shape within the limits"),
                              HasSubstr("tokens per unit of size"))));
}

}  // namespace
}  // namespace isoshape
