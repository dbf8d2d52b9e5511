#include "scaling/predict/backtest.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "scaling/laws/law_check.h"
#include "tests/scaling/synthetic_runs.h"

namespace isoshape {
namespace {

// Losses of runs at few tokens a parameter are higher than any power says.
double FewTokens(double size, double tokens) {
  return FlooredPowerLaw(size, tokens) *
         (1 + 0.4 * std::exp(-tokens / size / 30));
}

TEST(SizeBacktesterTest, LeavesOutAllWithinAFactorOfFourOfTheLargest) {
  const Runs runs = DemoRuns(FlooredPowerLaw, 5, 0.002, 1);
  const std::vector<bool> keep = WellBelowLargest(runs);
  // 2.5e11 3^k: of 3^4, 3^2 is the largest below a quarter.
  EXPECT_EQ(std::count(keep.begin(), keep.end(), true), 3 * 7);
}

TEST(SizeBacktesterTest, PricesAWrongSizeOnTheMeasuredCurve) {
  const Runs runs = DemoRuns(FlooredPowerLaw, 5, 0.0005, 1);
  const SizeBacktester backtester(runs, {});
  const auto tried = backtester.Try(Law::kSurface);
  ASSERT_TRUE(tried.has_value());
  const double best = BestSize(FlooredPowerLaw, tried->flops);
  EXPECT_NEAR(tried->flops, 81 * 2.5e11, 1);
  EXPECT_NEAR(tried->measured / best, 1, 0.15);
  EXPECT_NEAR(tried->predicted / best, 1, 0.3);
  const double least = FlooredPowerLaw(best, tried->flops / 6 / best);
  const double there =
      FlooredPowerLaw(tried->predicted, tried->flops / 6 / tried->predicted);
  EXPECT_NEAR(tried->regret, std::log(there / least), 0.003);
}

// The parametric law cannot bend as these runs do, and is ranked by that.
TEST(SizeBacktesterTest, ALawThatCannotBendAsTheRunsLosesMore) {
  double surface = 0;
  double parametric = 0;
  for (uint64_t seed = 0; seed < 10; ++seed) {
    const Runs runs = DemoRuns(FewTokens, 6, 0.002, seed);
    const SizeBacktester backtester(runs, {});
    const auto a = backtester.Try(Law::kSurface);
    const auto b = backtester.Try(Law::kParametric);
    ASSERT_TRUE(a.has_value() && b.has_value());
    surface += a->regret;
    parametric += b->regret;
  }
  EXPECT_LT(surface, parametric);
}

TEST(SizeBacktesterTest, WhatCannotBeTriedIsAbsent) {
  Runs runs = DemoRuns(FlooredPowerLaw, 5, 0.002, 1);
  EXPECT_FALSE(SizeBacktester(DemoRuns(FlooredPowerLaw, 2, 0.002, 1), {})
                   .Try(Law::kParametric)
                   .has_value());
  // One budget is left of three: no law of two powers, but a surface.
  const Runs three = DemoRuns(FlooredPowerLaw, 3, 0.002, 1);
  EXPECT_FALSE(SizeBacktester(three, {}).Try(Law::kParametric).has_value());
  EXPECT_FALSE(SizeBacktester(three, {}).Try(Law::kIsoflop).has_value());
  EXPECT_TRUE(SizeBacktester(three, {}).Try(Law::kSurface).has_value());
  runs.budget.clear();
  EXPECT_FALSE(SizeBacktester(runs, {}).Try(Law::kSurface).has_value());
}

}  // namespace
}  // namespace isoshape
