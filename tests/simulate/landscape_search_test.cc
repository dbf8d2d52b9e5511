#include "simulate/landscape_search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "absl/status/status.h"
#include "simulate/landscape.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;

TEST(LandscapeSearchTest, OptimumIsCertainAndRightBeforeAGridIs) {
  const LandscapeQuestion question = {.landscape = "chin", .seed = 3};
  const auto optimum = SearchLandscape(question, "optimum");
  const auto grid = SearchLandscape(question, "grid");
  ASSERT_TRUE(optimum.ok()) << optimum.status();
  ASSERT_TRUE(grid.ok()) << grid.status();
  EXPECT_LT(optimum->stop, 0.6 * grid->stop);
  EXPECT_TRUE(optimum->regret_ok);
  EXPECT_LE(optimum->regret, question.tolerance);
  EXPECT_TRUE(optimum->size_ok);
  // What it spent is what its trials cost, and none ends after the stop.
  const auto landscape = Landscape::Make("chin", 3, question.noise);
  double spent = 0;
  for (const PastTrial& trial : optimum->history) spent += trial.budget_flops;
  EXPECT_NEAR(spent / landscape->min_flops(), optimum->stop,
              1e-6 * optimum->stop);
  EXPECT_EQ(static_cast<int>(optimum->history.size()), optimum->trials);
}

TEST(LandscapeSearchTest, TheSameQuestionHasTheSameAnswer) {
  const LandscapeQuestion question = {
      .landscape = "byte-warm", .seed = 1, .workers = 4};
  const auto first = SearchLandscape(question, "optimum");
  const auto second = SearchLandscape(question, "optimum");
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(first->stop, second->stop);
  EXPECT_EQ(first->regret, second->regret);
  EXPECT_EQ(first->history.size(), second->history.size());
}

// Each is let loose, whatever it finds, and keeps to the FLOPs that it has.
TEST(LandscapeSearchTest, AllAlgorithmsCanBeTried) {
  for (const std::string& algorithm : LandscapeAlgorithms()) {
    const auto outcome =
        SearchLandscape({.seed = 2, .workers = 3, .max_flops = 25}, algorithm);
    ASSERT_TRUE(outcome.ok()) << algorithm << ": " << outcome.status();
    EXPECT_GE(outcome->history.size(), 10u) << algorithm;
    double spent = 0;
    for (const PastTrial& trial : outcome->history) {
      if (trial.state != PastTrial::State::kPending) {
        spent += trial.budget_flops;
      }
    }
    EXPECT_LE(spent / outcome->history.front().budget_flops, 25.001)
        << algorithm;
  }
}

TEST(LandscapeSearchTest, IsNeverCertainWithoutTheFlops) {
  const auto outcome =
      SearchLandscape({.landscape = "kaplan", .max_flops = 20}, "optimum");
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_TRUE(std::isinf(outcome->stop));
  EXPECT_FALSE(outcome->history.empty());
}

TEST(LandscapeSearchTest, NamesThatAreNotThereAreRefusedWithThoseThatAre) {
  const auto no_algorithm = SearchLandscape({}, "tpe");
  EXPECT_EQ(no_algorithm.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(no_algorithm.status().message(),
              HasSubstr("there are optimum, grid, sobol"));
  const auto no_landscape = SearchLandscape({.landscape = "alps"}, "grid");
  EXPECT_EQ(no_landscape.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(no_landscape.status().message(), HasSubstr("chin"));
}

}  // namespace
}  // namespace isoshape
