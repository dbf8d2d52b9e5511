#include "trainer/run/divergence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

namespace isoshape {
namespace {

using testing::HasSubstr;

// Reports of `steps_each` steps with these mean losses, of a run of 100 steps;
// returns what was said at the last.
std::string AfterLosses(const std::vector<double>& losses, int64_t steps_each) {
  LossHistory history;
  StepSums first;
  first.steps = 1;
  first.loss = 5;
  EXPECT_EQ(DivergenceProblem(first, 1, 100, history), "");
  int64_t done = 1;
  std::string problem;
  for (const double loss : losses) {
    EXPECT_EQ(problem, "");
    StepSums sums;
    sums.steps = steps_each;
    sums.loss = loss * static_cast<double>(steps_each);
    problem = DivergenceProblem(sums, done += steps_each, 100, history);
  }
  return problem;
}

TEST(DivergenceTest, ALossAboveTheFirstForLongIsDivergence) {
  // From step 21 on, reports of 5 steps: two of them are a tenth of the run.
  EXPECT_EQ(AfterLosses({4, 4, 4, 4, 6}, 5), "");
  EXPECT_THAT(AfterLosses({4, 4, 4, 4, 6, 6}, 5),
              testing::AllOf(HasSubstr("first step, 5, since step 21"),
                             HasSubstr("6 at step 31"),
                             HasSubstr("smaller learning rate")));
  // One long report says as much.
  EXPECT_THAT(AfterLosses({6}, 40), HasSubstr("since step 1 "));
}

TEST(DivergenceTest, ShortRisesAndTheBeginningAreForgiven) {
  EXPECT_EQ(AfterLosses({4, 4, 4, 4, 6, 4, 6, 4, 6, 4}, 5), "");
  EXPECT_EQ(AfterLosses({6, 6, 6}, 6), "");  // step 19
  EXPECT_NE(AfterLosses({6, 6, 6, 6}, 6), "");
}

TEST(DivergenceTest, LossesThatAreNotFiniteAreDivergenceAtOnce) {
  LossHistory history;
  StepSums sums;
  sums.steps = 3;
  sums.finite = false;
  EXPECT_THAT(DivergenceProblem(sums, 3, 100, history),
              HasSubstr("not finite within step 1 to 3"));
}

}  // namespace
}  // namespace isoshape
