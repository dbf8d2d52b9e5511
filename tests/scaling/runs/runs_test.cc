#include "scaling/runs/runs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "scaling/runs/budget_levels.h"

namespace isoshape {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

Runs TwoRuns() {
  return {.size = {10, 20},
          .tokens = {2, 3},
          .loss = {3, 4},
          .params = {10, 20},
          .budget = {1e3, 2e3},
          .run = {"a", "b"}};
}

TEST(RunsTest, FlopsAreThoseGivenOrSixNd) {
  Runs runs = TwoRuns();
  EXPECT_THAT(runs.TrainingFlops(), ElementsAre(120, 360));
  EXPECT_THAT(runs.FlopsRange(), Pair(120, 360));
  runs.flops = {700, 100};
  EXPECT_THAT(runs.TrainingFlops(), ElementsAre(700, 100));
  EXPECT_THAT(runs.FlopsRange(), Pair(100, 700));
}

TEST(RunsTest, SizeIsMeasuredByParametersOrFlops) {
  Runs runs = TwoRuns();
  EXPECT_EQ(WithSize(runs, SizeMeasure::kFlopsPerToken).status().code(),
            absl::StatusCode::kFailedPrecondition);
  runs.flops = {12, 36};
  const auto by_flops = WithSize(runs, SizeMeasure::kFlopsPerToken);
  ASSERT_TRUE(by_flops.ok()) << by_flops.status();
  EXPECT_THAT(by_flops->size, ElementsAre(1, 2));
  EXPECT_EQ(DescribeSize(by_flops->measure), "FLOPs per token / 6");
  const auto by_params = WithSize(*by_flops, SizeMeasure::kParams);
  ASSERT_TRUE(by_params.ok()) << by_params.status();
  EXPECT_THAT(by_params->size, ElementsAre(10, 20));
}

TEST(RunsTest, CheckFindsUnequalColumnsAndBadNumbers) {
  Runs runs = TwoRuns();
  EXPECT_TRUE(CheckRuns(runs).ok());
  runs.width = {1};
  EXPECT_EQ(CheckRuns(runs).code(), absl::StatusCode::kInvalidArgument);
  runs.width = {1, -1};
  EXPECT_THAT(std::string(CheckRuns(runs).message()),
              HasSubstr("row 1: width -1"));
  runs.width.clear();
  runs.loss_stderr = {0, -0.1};
  EXPECT_THAT(std::string(CheckRuns(runs).message()),
              HasSubstr("row 1: loss_stderr -0.1"));
  runs.loss_stderr = {0};
  EXPECT_EQ(CheckRuns(runs).code(), absl::StatusCode::kInvalidArgument);
}

TEST(RunsTest, RunsUpToABudgetKeepEveryColumn) {
  const auto kept = RunsUpTo(TwoRuns(), 1e3);
  ASSERT_TRUE(kept.ok()) << kept.status();
  EXPECT_THAT(kept->size, ElementsAre(10));
  EXPECT_THAT(kept->run, ElementsAre("a"));
  EXPECT_THAT(kept->width, IsEmpty());
  EXPECT_TRUE(CheckRuns(*kept).ok());
  EXPECT_EQ(RunsUpTo(TwoRuns(), 0)->rows(), 2);
  const auto none = RunsUpTo(TwoRuns(), 999);
  EXPECT_EQ(none.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(none.status().message()),
              HasSubstr("no budget is at or below 999 FLOPs"));
}

TEST(RunsTest, ABudgetGivenWithFewerDigitsIsTheSame) {
  EXPECT_TRUE(SameBudget(1e10, 1.0000005e10));
  EXPECT_TRUE(SameBudget(1.0000005e10, 1e10));
  EXPECT_FALSE(SameBudget(1e10, 1.000002e10));
  EXPECT_FALSE(SameBudget(1e10, 0));
  EXPECT_EQ(BudgetText(4.4457e11), "4.4457e11");
  EXPECT_EQ(BudgetText(1e11), "1e11");
  Runs runs = TwoRuns();
  for (double& budget : runs.budget) budget *= 1.0000005;
  EXPECT_EQ(RunsUpTo(runs, 1e3)->rows(), 1);
}

TEST(RunsTest, GroupNumbersCountDistinctNames) {
  EXPECT_THAT(GroupNumbers({"b", "a", "b", ""}), ElementsAre(0, 1, 0, 2));
}

}  // namespace
}  // namespace isoshape
