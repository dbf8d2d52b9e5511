#include "simulate/replay.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "tests/scaling/published_data.h"

namespace isoshape {
namespace {

// A surface that the model can be, at places that somebody chose.
ReplayPool Pool() {
  Surface surface;
  surface.ln_flops = 34;
  surface.ln_size = 14.6;
  surface.theta << -0.1, 0.2, -1.8, 0.3, 0.55, 0, -3.2, -0.08, 0.3, -4.6, 3, 0,
      0.3;
  ReplayPool pool;
  for (double c = 31; c <= 37; c += 0.5) {
    for (double v = -2; v <= 2; v += 0.4) {
      pool.places.push_back(
          {.ln_flops = c, .ln_size = surface.LnBestSize(c) + v});
      pool.ln_loss.push_back(surface.LogLoss(pool.places.back()));
    }
  }
  return pool;
}

TEST(ReplayTest, ChoosesEachRunOnceAndStopsWhenItIsCertain) {
  const ReplayPool pool = Pool();
  int last = 0;
  double spent = 0;
  double bound = 1;
  double size = 0;
  ReplayOptimum(pool, std::exp(39), 0.002, [&](const ReplayStep& step) {
    EXPECT_GE(step.spent, spent);
    last = step.runs;
    spent = step.spent;
    bound = step.bound;
    size = step.fit.surface.LnBestSize(39);
    return true;
  });
  EXPECT_LE(bound, 0.002);
  EXPECT_GT(last, 8);
  EXPECT_LT(last, 40);
  EXPECT_LT(spent, 0.2 * pool.flops());
  EXPECT_NEAR(size, 14.9 + 0.55 * 5, 0.3);
}

TEST(ReplayTest, EndsWithThePool) {
  ReplayPool pool = Pool();
  pool.places.resize(20);
  pool.ln_loss.resize(20);
  int last = 0;
  ReplayOptimum(pool, std::exp(45), 1e-9, [&](const ReplayStep& step) {
    last = step.runs;
    return true;
  });
  EXPECT_LE(last, 20);
  EXPECT_GT(last, 7);
}

TEST(ReplayTest, TellsWhenItWasCertainAndWhenRight) {
  const ReplayPool pool = Pool();
  const ReplayOutcome outcome = ReplayToTheEnd(pool, std::exp(39), 0.002);
  EXPECT_EQ(outcome.pool_runs, static_cast<int>(pool.places.size()));
  EXPECT_DOUBLE_EQ(outcome.pool_flops, pool.flops());
  EXPECT_LT(outcome.certain_flops, 0.2 * pool.flops());
  EXPECT_LT(outcome.certain_runs, 40);
  EXPECT_LE(outcome.right_flops, outcome.certain_flops);
  EXPECT_LE(outcome.regret, 0.002);
  EXPECT_NEAR(outcome.ln_size_of_all, 14.9 + 0.55 * 5, 0.3);
  EXPECT_NEAR(outcome.ln_size, outcome.ln_size_of_all, 0.3);
}

TEST(ReplayTest, IsNeverCertainOfWhatThePoolDoesNotTell) {
  const ReplayOutcome outcome = ReplayToTheEnd(Pool(), std::exp(60), 1e-9);
  EXPECT_TRUE(std::isinf(outcome.certain_flops));
  EXPECT_EQ(outcome.certain_runs, 0);
}

TEST(ReplayTest, RatiosCountIfTheyDiffer) {
  Runs runs{.size = {1e6, 2e6}, .tokens = {2e7, 4e7}, .loss = {3.1, 2.9}};
  runs.width = {64, 128};
  runs.depth = {4, 6};
  EXPECT_FALSE(PoolOf(runs).places[0].ln_ratio.has_value());
  runs.depth = {8, 4};
  const ReplayPool pool = PoolOf(runs);
  ASSERT_TRUE(pool.places[1].ln_ratio.has_value());
  EXPECT_DOUBLE_EQ(*pool.places[1].ln_ratio, std::log(32));
  EXPECT_DOUBLE_EQ(pool.places[1].ln_flops, std::log(6 * 2e6 * 4e7));
  EXPECT_DOUBLE_EQ(pool.ln_loss[1], std::log(2.9));
}

// Porian et al. 2024, the tuned sweep: a few cheap runs name the best size of
// the largest budget, four times the compute of the pool's largest.
TEST(ReplayTest, ATwentiethOfAPublishedSweepTellsItsLargestBudget) {
  READ_PUBLISHED_OR_SKIP(text, "porian.csv");
  RunFormat format;
  format.budget = "flops";
  format.where = {{"experiment", "rw|tuned|short|const|standard|val"}};
  const auto runs = ParseRuns(text, "porian.csv", format);
  ASSERT_TRUE(runs.ok()) << runs.status();
  const double target =
      *std::max_element(runs->budget.begin(), runs->budget.end());
  ReplayPool pool;
  for (size_t i = 0; i < runs->rows(); ++i) {
    if (runs->budget[i] > 1.01 * target / 4) continue;
    pool.places.push_back({.ln_flops = std::log(runs->budget[i]),
                           .ln_size = std::log(runs->size[i])});
    pool.ln_loss.push_back(std::log(runs->loss[i]));
  }
  double ln_size = 0;
  double spent = 0;
  ReplayOptimum(pool, target, 1e-12, [&](const ReplayStep& step) {
    ln_size = step.fit.surface.LnBestSize(std::log(target));
    spent = step.spent;
    return spent < 0.03 * pool.flops();
  });
  EXPECT_LT(spent, 0.05 * pool.flops());
  EXPECT_NEAR(ln_size, std::log(5.35e8), std::log(1.25));  // as published
}

}  // namespace
}  // namespace isoshape
