#include "scaling/predict/loss_surface.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/scaling/synthetic_runs.h"

namespace isoshape {
namespace {

TEST(LossSurfaceTest, RecoversALawWhoseExponentsLieOnTheGrid) {
  const LossLaw law = [](double size, double tokens) {
    return 0.9 + 12 * std::pow(size, -0.35) + 60 * std::pow(tokens, -0.3);
  };
  const auto surface = FitLossSurface(DemoRuns(law, 3, 0, 1));
  ASSERT_TRUE(surface.has_value());
  EXPECT_NEAR(surface->alpha, 0.35, 1e-9);
  EXPECT_NEAR(surface->beta, 0.3, 1e-9);
  EXPECT_NEAR(surface->e, 0.9, 1e-6);
  EXPECT_LT(surface->root_mean_square, 1e-9);
  const double flops = 6.75e12;
  const double best = BestSize(law, flops);
  EXPECT_NEAR(*surface->LeastLoss(flops), law(best, flops / 6 / best), 1e-6);
}

TEST(LossSurfaceTest, CoefficientsAreNeverNegative) {
  // Loss that grows with tokens: the best non-negative b is 0, and then there
  // is no best size.
  Runs runs;
  for (int i = 0; i < 8; ++i) {
    AddRun(1e12, 1e4 * std::pow(2, i), 3 - 0.1 * i, runs);
  }
  const auto surface = FitLossSurface(runs);
  ASSERT_TRUE(surface.has_value());
  EXPECT_GE(surface->e, 0);
  EXPECT_GT(surface->a, 0);
  EXPECT_EQ(surface->b, 0);
  EXPECT_FALSE(surface->LeastLoss(1e12).has_value());
}

TEST(LossSurfaceTest, IsAbsentBelowSixRuns) {
  const Runs runs = DemoRuns(FlooredPowerLaw, 1, 0, 1);
  EXPECT_TRUE(FitLossSurface(runs).has_value());
  EXPECT_FALSE(FitLossSurface(SelectRows(runs, {true, true, true, true, true,
                                                false, false}))
                   .has_value());
}

}  // namespace
}  // namespace isoshape
