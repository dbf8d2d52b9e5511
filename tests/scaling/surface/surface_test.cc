#include "scaling/surface/surface.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "scaling/reports/surface_figures.h"
#include "scaling/surface/curvature_test.h"
#include "scaling/surface/surface_fit.h"
#include "tests/scaling/synthetic_runs.h"

namespace isoshape {
namespace {

Surface Example(double skew) {
  Surface surface;
  surface.ln_flops = 42;
  surface.ln_size = 18;
  surface.theta << 0.5, 0.3, -1.8, 0.2, 0.55, 0.02, -3, -0.1, skew, -4, 3.3,
      0.1, 0.25;
  return surface;
}

// At a = 0 the bowl is that of its series.
TEST(SurfaceTest, GradientIsTheSlopeOfTheLogLoss) {
  for (const double skew : {0.4, 0.0, -0.7}) {
    const Surface surface = Example(skew);
    for (const bool with_ratio : {true, false}) {
      SurfacePoint point{.ln_flops = 44.5, .ln_size = 18.3};
      if (with_ratio) point.ln_ratio = 4.1;
      Surface::Vector gradient = Surface::Vector::Zero();
      surface.LogLoss(point, gradient);
      for (int k = 0; k < Surface::kParameters; ++k) {
        Surface up = surface;
        Surface down = surface;
        up.theta[k] += 1e-5;
        down.theta[k] -= 1e-5;
        EXPECT_NEAR(gradient[k],
                    (up.LogLoss(point) - down.LogLoss(point)) / 2e-5, 1e-8)
            << k << " skew " << skew;
      }
    }
  }
}

TEST(SurfaceTest, TheBestSizeAndRatioAreBest) {
  const Surface surface = Example(0.4);
  const double c = 45;
  const double size = surface.LnBestSize(c);
  const double ratio = surface.LnBestRatio(size);
  const double least = surface.LogLoss({c, size, ratio});
  EXPECT_NEAR(least, surface.LnLeastLoss(c), 1e-12);
  for (const double off : {-0.3, 0.3}) {
    EXPECT_GT(surface.LogLoss({c, size + off, surface.LnBestRatio(size + off)}),
              least);
    EXPECT_GT(surface.LogLoss({c, size, ratio + off}), least);
  }
  const double step = 1e-5;
  EXPECT_NEAR(
      surface.GradientOfLnBestRatio(c)[Surface::kSizeExponent],
      [&] {
        Surface up = surface;
        up.theta[Surface::kSizeExponent] += step;
        return (up.LnBestRatio(up.LnBestSize(c)) - ratio) / step;
      }(),
      1e-8);
}

// Real sweeps run far off the best size, where no smooth curve holds: what is
// outside the window must not move the fit.
TEST(FitSurfaceTest, FindsTheBestSizesAndLeavesOutWhatIsFarOff) {
  Runs runs = DemoRuns(FlooredPowerLaw, 4, 0.003, 3);
  const auto plain = FitSurface(runs, {}, false);
  ASSERT_TRUE(plain.ok()) << plain.status();
  for (const double flops : {2.5e11, 6.75e12, 2e13}) {
    const double best = std::log(BestSize(FlooredPowerLaw, flops));
    const double c = std::log(flops);
    EXPECT_NEAR(plain->surface.LnBestSize(c), best,
                2 * plain->Deviation(plain->surface.GradientOfLnBestSize(c)));
  }
  for (const double budget : {2.5e11, 7.5e11, 2.25e12, 6.75e12}) {
    AddRun(budget, 20 * BestSize(FlooredPowerLaw, budget), 8, runs);
  }
  const auto spoiled = FitSurface(runs, {}, false);
  ASSERT_TRUE(spoiled.ok()) << spoiled.status();
  EXPECT_EQ(spoiled->runs(), plain->runs());
  EXPECT_NEAR(spoiled->surface.LnBestSize(std::log(2e13)),
              plain->surface.LnBestSize(std::log(2e13)), 1e-3);
}

TEST(FitSurfaceTest, WhatThePriorsCarryIsKnown) {
  const auto share = [](const Runs& runs) {
    const auto fit = FitSurface(runs, {}, false);
    EXPECT_TRUE(fit.ok()) << fit.status();
    return fit->PriorShare(fit->surface.GradientOfLnBestSize(std::log(2e13)));
  };
  EXPECT_LT(share(DemoRuns(FlooredPowerLaw, 5, 0.003, 3)), 0.4);
  EXPECT_GT(share(DemoRuns(FlooredPowerLaw, 1, 0.003, 3)), 0.9);
}

// Coverage of 95 % intervals of the best size at ten times the compute.
TEST(FitSurfaceTest, IntervalsHoldTheBestSize) {
  constexpr int kTables = 100;
  int held = 0;
  for (uint64_t seed = 0; seed < kTables; ++seed) {
    const Runs runs = DemoRuns(FlooredPowerLaw, 4, 0.005, 500 + seed);
    const auto fit = FitSurface(runs, {}, false);
    ASSERT_TRUE(fit.ok()) << fit.status();
    const double flops = 10 * runs.FlopsRange().second;
    const BootstrapEstimate size =
        SurfaceFigures(*fit, runs, {.resamples = 500})
            .Estimate(BestSizeFigure(fit->surface, std::log(flops)));
    const double best = BestSize(FlooredPowerLaw, flops);
    held += *size.percentile.lower <= best && best <= *size.percentile.upper;
  }
  EXPECT_GE(held, 92);
}

TEST(FitSurfaceTest, TheSameRunsInAnotherOrderGiveTheSameFit) {
  const Runs runs = DemoRuns(FlooredPowerLaw, 3, 0.005, 9);
  Runs reversed;
  for (size_t i = runs.rows(); i-- > 0;) {
    AddRun(runs.budget[i], runs.size[i], runs.loss[i], reversed);
  }
  const auto a = FitSurface(runs, {}, false);
  const auto b = FitSurface(reversed, {}, false);
  ASSERT_TRUE(a.ok() && b.ok());
  EXPECT_LT((a->surface.theta - b->surface.theta).norm(), 1e-6);
}

// Without curvature there is no best size, whatever the priors say.
TEST(FitSurfaceTest, LossesThatDoNotCurveHaveNoBestSize) {
  const auto p_value = [](const LossLaw& law, int budgets) {
    const Runs runs = DemoRuns(law, budgets, 0.005, 4);
    const auto fit = FitSurface(runs, {}, false);
    EXPECT_TRUE(fit.ok()) << fit.status();
    return CurvaturePValue(*fit, runs, {}, 0);
  };
  for (const int budgets : {1, 2, 4}) {
    EXPECT_LT(p_value(FlooredPowerLaw, budgets), 1e-3) << budgets;
    // Compute alone decides.
    EXPECT_GT(p_value(
                  [](double size, double tokens) {
                    return 1 + 20 * std::pow(size * tokens, -0.1);
                  },
                  budgets),
              0.025)
        << budgets;
  }
}

// Curves flatter than the prior knows are refused even if they are seen to
// curve: the surface would think its best size better known than it is.
TEST(FitSurfaceTest, CurvesFlatterThanThePriorKnowsHaveNoBestSize) {
  const LossLaw flat = [](double size, double tokens) {
    return 0.4 + 2.2 * std::pow(size, -0.05) + 2.5 * std::pow(tokens, -0.05);
  };
  const Runs runs = DemoRuns(flat, 4, 0.0005, 4);
  const auto fit = FitSurface(runs, {}, false);
  ASSERT_TRUE(fit.ok()) << fit.status();
  EXPECT_NEAR(LeastCurvature(fit->prior), 0.04 * std::exp(-1.4), 1e-12);
  EXPECT_LT(CurvaturePValue(*fit, runs, {}, 0), 1e-3);
  EXPECT_THAT(FlatCurves(*fit, runs, {}, 0.95), testing::HasSubstr("0.0099"));
  const Runs curved = DemoRuns(FlooredPowerLaw, 4, 0.005, 4);
  const auto seen = FitSurface(curved, {}, false);
  ASSERT_TRUE(seen.ok()) << seen.status();
  EXPECT_EQ(FlatCurves(*seen, curved, {}, 0.95), "");
}

// Fifty points of a run share its error, and are no fifty runs.
TEST(FitSurfaceTest, PointsOfARunDoNotShowCurvatureAsRunsDo) {
  std::mt19937_64 engine(6);
  std::normal_distribution<double> normal;
  Runs runs;
  std::vector<std::string> twelve;
  std::vector<std::string> apart;
  for (const double budget : QuadruplingBudgets(1e12, 3)) {
    const double best = BestSize(FlooredPowerLaw, budget);
    for (const double off : {0.4, 0.8, 1.3, 2.5}) {
      const double shared = 0.002 * normal(engine);
      const std::string name = std::to_string(runs.rows() / 50);
      for (int point = 0; point < 50; ++point) {
        const double flops = budget * (0.8 + 0.004 * point);
        const double loss = FlooredPowerLaw(off * best, flops / 6 / off / best);
        AddRun(flops, off * best,
               loss * std::exp(shared + 0.001 * normal(engine)), runs);
        twelve.push_back(name);
        apart.push_back(std::to_string(apart.size()));
      }
    }
  }
  const auto fit = FitSurface(runs, {}, false);
  ASSERT_TRUE(fit.ok()) << fit.status();
  const double least = LeastCurvature(fit->prior);
  const double unnamed = CurvaturePValue(*fit, runs, {}, least);
  runs.run = apart;
  EXPECT_EQ(CurvaturePValue(*fit, runs, {}, least), unnamed);
  runs.run = twelve;
  EXPECT_GT(CurvaturePValue(*fit, runs, {}, least), 10 * unnamed);
  // One run alone shows nothing.
  runs.run.assign(runs.rows(), "a");
  EXPECT_EQ(CurvaturePValue(*fit, runs, {}, least), 1);
}

// Rows of one run are not so many runs; of fewer than five there is no
// interval.
TEST(FitSurfaceTest, RowsOfOneRunShareTheirError) {
  Runs runs = DemoRuns(FlooredPowerLaw, 4, 0.005, 9);
  const auto apart = FitSurface(runs, {}, false);
  ASSERT_TRUE(apart.ok());
  for (size_t i = 0; i < runs.rows(); ++i) {
    runs.run.push_back(i % 4 == 0 ? "a" : "run" + std::to_string(i % 7));
  }
  const auto together = FitSurface(runs, {}, false);
  ASSERT_TRUE(together.ok());
  EXPECT_LT(together->effective_runs, 0.9 * apart->effective_runs);
  EXPECT_NE(SurfaceFigures(*together, runs, {}).IntervalMethod(), "");
  runs.run.assign(runs.rows(), "a");
  EXPECT_EQ(SurfaceFigures(*together, runs, {}).IntervalMethod(), "");
}

TEST(FitSurfaceTest, TooFewDifferentRunsAreRefused) {
  Runs runs = DemoRuns(FlooredPowerLaw, 2, 0.005, 9);
  std::vector<bool> keep(runs.rows(), false);
  for (size_t i = 0; i < 6; ++i) keep[i] = true;
  EXPECT_EQ(FitSurface(SelectRows(runs, keep), {}, false).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace isoshape
