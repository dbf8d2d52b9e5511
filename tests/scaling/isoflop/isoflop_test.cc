#include "scaling/isoflop/isoflop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <string>
#include <vector>

#include "common/threads/cancellation.h"
#include "scaling/reports/law_options.h"
#include "tests/scaling/synthetic_runs.h"

namespace isoshape {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

// Adds runs whose ln loss is an exact parabola of ln size about `best_size`.
void AddCurve(double budget, double best_size,
              const std::vector<double>& factors, Runs& runs,
              double min_loss = 2) {
  for (const double factor : factors) {
    const double x = std::log(factor);
    AddRun(budget, best_size * factor, min_loss * std::exp(0.05 * x * x), runs);
  }
}

Runs OneCurve(const std::vector<double>& factors) {
  Runs runs;
  AddCurve(1e12, 1000, factors, runs);
  return runs;
}

// Three budgets whose best size grows as C^0.6 and loss falls as C^-0.05.
Runs ThreeCurves(const std::vector<double>& factors) {
  Runs runs;
  for (const double scale : {1.0, 4.0, 16.0}) {
    AddCurve(1e12 * scale, 1000 * std::pow(scale, 0.6), factors, runs,
             3 * std::pow(scale, -0.05));
  }
  return runs;
}

TEST(IsoflopTest, EveryRuleFindsExactOptimaAndTheirGrowth) {
  const Runs runs = ThreeCurves({1 / 4.0, 1 / 2.0, 1 / 1.4, 1, 1.4, 2, 4});
  for (const OptimumMethod method :
       {OptimumMethod::kNearMinimum, OptimumMethod::kAkima,
        OptimumMethod::kFullRange}) {
    SCOPED_TRACE(static_cast<int>(method));
    IsoflopOptions options;
    options.rule.method = method;
    const auto fit = FitIsoflop(runs, ByBudget(runs, 0), options);
    ASSERT_TRUE(fit.ok()) << fit.status();
    ASSERT_EQ(fit->budgets.size(), 3);
    EXPECT_NEAR(fit->budgets[0].size.value, 1000, 1e-6);
    EXPECT_NEAR(fit->budgets[0].tokens.value, 1e12 / 6 / 1000, 1e-2);
    EXPECT_NEAR(fit->budgets[0].loss.value, 3, 1e-9);
    EXPECT_FALSE(fit->budgets[0].size.percentile.lower.has_value());
    ASSERT_TRUE(fit->size && fit->tokens && fit->loss);
    EXPECT_NEAR(fit->size->exponent.value, 0.6, 1e-9);
    EXPECT_NEAR(fit->tokens->exponent.value, 0.4, 1e-9);
    EXPECT_NEAR(fit->loss->exponent.value, -0.05, 1e-9);
    EXPECT_NEAR(fit->size->At(64e12), 1000 * std::pow(64, 0.6), 1e-4);
  }
  EXPECT_NEAR(FitRuns(runs)->budgets[0].curvature, 0.05, 1e-9);
}

TEST(IsoflopTest, TokensAreThoseOfTheRunsWhateverTheSizeMeans) {
  Runs runs = ThreeCurves({0.3, 0.5, 0.9, 1.6, 3});
  for (double& tokens : runs.tokens) tokens *= 0.8;
  const auto fit = FitRuns(runs);
  ASSERT_TRUE(fit.ok()) << fit.status();
  EXPECT_NEAR(fit->budgets[0].tokens.value / (0.8 * 1e12 / 6 / 1000), 1, 1e-9);
}

TEST(IsoflopTest, NamesABudgetWhoseOptimumIsOnTheEdgeAndLeavesItOut) {
  Runs runs;
  AddCurve(1e12, 1000, {0.3, 0.6, 1, 2, 4}, runs);
  AddCurve(3e12, 2000, {0.3, 0.6, 1, 2, 4}, runs);
  // Least loss at the largest size tried.
  AddCurve(9e12, 4000, {0.1, 0.2, 0.4, 0.8}, runs);
  const auto fit = FitRuns(runs);
  ASSERT_TRUE(fit.ok()) << fit.status();
  EXPECT_TRUE(fit->budgets[2].on_edge);
  EXPECT_FALSE(fit->budgets[2].bracketed());
  EXPECT_THAT(fit->budgets[2].problem, HasSubstr("largest size tried, 3.2k"));
  EXPECT_THAT(fit->warnings, Contains(HasSubstr("budget 9e12 FLOPs is left")));
  ASSERT_TRUE(fit->size.has_value());
  EXPECT_EQ(fit->size->budgets, 2);
  EXPECT_NEAR(fit->size->exponent.value, std::log(2) / std::log(3), 1e-9);
}

TEST(IsoflopTest, OneBudgetGivesAnOptimumAndNoTrend) {
  const auto fit = FitRuns(OneCurve({0.4, 0.7, 1, 2, 3}));
  ASSERT_TRUE(fit.ok()) << fit.status();
  EXPECT_TRUE(fit->budgets[0].bracketed());
  EXPECT_FALSE(fit->size.has_value());
  EXPECT_THAT(fit->warnings, Contains(HasSubstr("no trend")));
}

TEST(IsoflopTest, RefusesWhatGivesNoGroundForAFit) {
  const auto status = [](const Runs& runs) {
    return FitIsoflop(runs, *Resampling::CaseBootstrap(runs.rows(), {}), {})
        .status();
  };
  constexpr auto kFailed = absl::StatusCode::kFailedPrecondition;
  constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
  Runs two_sizes;
  for (const double loss : {2.0, 2.1}) AddRun(1e12, 1000, loss, two_sizes);
  AddRun(1e12, 2000, 2.2, two_sizes);
  EXPECT_EQ(status(two_sizes).code(), kFailed);
  EXPECT_THAT(std::string(status(two_sizes).message()),
              HasSubstr("no budget has 3 sizes (3 runs at 1 budget)"));
  Runs equal;
  for (const double size : {1e3, 2e3, 4e3}) AddRun(1e12, size, 2, equal);
  EXPECT_EQ(status(equal).code(), kFailed);
  EXPECT_THAT(std::string(status(equal).message()), HasSubstr("equal (2)"));
  const Runs good = OneCurve({0.5, 1, 2});
  Runs bad = good;
  bad.budget.clear();
  EXPECT_EQ(status(bad).code(), kFailed);
  EXPECT_THAT(std::string(status(bad).message()), HasSubstr("budget"));
  for (const double number :
       {std::numeric_limits<double>::quiet_NaN(),
        std::numeric_limits<double>::infinity(), 0.0, -1.0}) {
    bad = good;
    bad.loss[1] = number;
    EXPECT_EQ(status(bad).code(), kInvalid);
    bad = good;
    bad.size[1] = number;
    EXPECT_EQ(status(bad).code(), kInvalid);
  }
  IsoflopOptions options;
  options.level = 1;
  EXPECT_EQ(FitIsoflop(good, ByBudget(good, 0), options).status().code(),
            kInvalid);
  const auto other = *Resampling::CaseBootstrap(2, {.count = 1});
  EXPECT_EQ(FitIsoflop(good, other, {}).status().code(), kInvalid);
}

TEST(IsoflopTest, IsDeterministicInTheSeedAndOptimaAreBlindToTheOrder) {
  const Runs runs = DemoRuns(FlooredPowerLaw, 3, 0.01, 5);
  const auto first = FitRuns(runs);
  const auto second = FitRuns(runs, 200, 0, {.threads = 1});
  const auto third = FitRuns(runs, 200, 1);
  Runs backwards;
  for (size_t i = runs.rows(); i-- > 0;) {
    AddRun(runs.budget[i], runs.size[i], runs.loss[i], backwards);
  }
  const auto reversed = FitRuns(backwards);
  ASSERT_TRUE(first.ok() && second.ok() && third.ok() && reversed.ok());
  const BootstrapEstimate& exponent = first->size->exponent;
  EXPECT_EQ(exponent.value, second->size->exponent.value);
  EXPECT_EQ(exponent.percentile.lower, second->size->exponent.percentile.lower);
  EXPECT_EQ(exponent.bca.upper, second->size->exponent.bca.upper);
  for (size_t b = 0; b < 3; ++b) {
    EXPECT_EQ(first->budgets[b].size.value, reversed->budgets[b].size.value);
  }
  // Another seed, or another level, moves the intervals and nothing else.
  EXPECT_EQ(exponent.value, third->size->exponent.value);
  EXPECT_EQ(first->tokens->ln_coefficient, third->tokens->ln_coefficient);
  EXPECT_EQ(first->loss->exponent.value, third->loss->exponent.value);
  EXPECT_NE(exponent.percentile.lower, third->size->exponent.percentile.lower);
  const auto fourth =
      FitIsoflop(runs, ByBudget(runs, 200, 1), {.level = 0.8, .seed = 1});
  ASSERT_TRUE(fourth.ok());
  EXPECT_EQ(exponent.value, fourth->size->exponent.value);
  // Nor does the number of resamples.
  for (const int resamples : {100, 1000}) {
    SCOPED_TRACE(resamples);
    const auto other = FitRuns(runs, resamples);
    ASSERT_TRUE(other.ok()) << other.status();
    EXPECT_EQ(exponent.value, other->size->exponent.value);
    EXPECT_EQ(first->size->ln_coefficient, other->size->ln_coefficient);
    EXPECT_EQ(first->size->scatter, other->size->scatter);
    EXPECT_EQ(first->tokens->exponent.value, other->tokens->exponent.value);
    EXPECT_EQ(first->loss->exponent.value, other->loss->exponent.value);
    EXPECT_TRUE(other->size->exponent.percentile.lower.has_value());
  }
}

// What is cancelled has no resamples, which were read as if it had.
TEST(IsoflopTest, ACancelledFitIsNone) {
  const Runs runs = DemoRuns(FlooredPowerLaw, 3, 0.01, 5);
  Cancellation cancellation;
  cancellation.Cancel();
  const Cancellation::Scope scope(&cancellation);
  for (const int resamples : {0, 200}) {
    EXPECT_EQ(FitRuns(runs, resamples).status().code(),
              absl::StatusCode::kCancelled)
        << resamples;
  }
}

TEST(IsoflopTest, OtherAspectRatiosAtASizeDoNotLiftTheCurve) {
  Runs runs = OneCurve({0.3, 0.5, 1, 2, 3});
  const auto alone = FitRuns(runs);
  AddRun(1e12, 1005, 2.3, runs, 8, 16);
  AddRun(1e12, 997, 2.2, runs, 1, 64);
  const auto with = FitRuns(runs);
  ASSERT_TRUE(alone.ok() && with.ok());
  EXPECT_NEAR(with->budgets[0].size.value, alone->budgets[0].size.value, 1e-9);
  EXPECT_EQ(with->budgets[0].curve.points.size(), 5);
  EXPECT_EQ(with->budgets[0].curve.points[2].shapes.size(), 3);
  EXPECT_EQ(with->runs, 7);
}

TEST(IsoflopTest, SeedsOfAShapeAreAveragedAndGiveTheNoise) {
  Runs runs;
  for (const double noise : {-0.02, 0.02}) {
    for (const double factor : {0.5, 1.0, 2.0}) {
      const double x = std::log(factor);
      AddRun(1e12, 1000 * factor, 2 + 0.1 * x * x + noise, runs);
    }
  }
  const auto fit = FitRuns(runs);
  ASSERT_TRUE(fit.ok()) << fit.status();
  EXPECT_NEAR(fit->budgets[0].size.value, 1000, 1e-6);
  EXPECT_EQ(fit->budgets[0].curve.runs, 6);
  EXPECT_EQ(fit->budgets[0].curve.points.size(), 3);
  // Two runs 0.04 apart: variance 0.0008, three times over.
  EXPECT_NEAR(fit->noise, std::sqrt(0.0008), 1e-9);
  EXPECT_EQ(fit->noise_degrees_of_freedom, 3);
}

TEST(IsoflopTest, GivesNoIntervalIfNothingTellsOfNoise) {
  // Three sizes leave no residual, one seed no spread, and no held-out error.
  Runs runs = OneCurve({0.5, 1, 2});
  const auto silent = FitRuns(runs);
  ASSERT_TRUE(silent.ok()) << silent.status();
  EXPECT_FALSE(silent->budgets[0].size.percentile.lower.has_value());
  EXPECT_THAT(silent->warnings,
              Contains(HasSubstr("its intervals are not known")));
  // A held-out error is taken if there is nothing better.
  runs.loss_stderr.assign(3, 0.002);
  const auto fit = FitRuns(runs);
  EXPECT_NEAR(fit->noise, 0.002, 1e-12);
  EXPECT_EQ(fit->noise_degrees_of_freedom, 0);
  EXPECT_TRUE(fit->budgets[0].drawn_by_noise);
  EXPECT_TRUE(fit->budgets[0].size.percentile.lower.has_value());
  EXPECT_EQ(fit->budgets[0].size.percentile.lower,
            fit->budgets[0].size_by_noise.lower);
}

// Three sizes of one seed: whatever the optima scatter, a trend of theirs has
// no interval.
TEST(IsoflopTest, ATrendHasNoIntervalIfNothingTellsOfNoise) {
  Runs runs;
  AddCurve(1e12, 1000, {0.5, 1, 2}, runs);
  AddCurve(4e12, 4000, {0.5, 1, 2}, runs);
  AddCurve(16e12, 3000, {0.5, 1, 2}, runs);
  const auto fit = FitRuns(runs);
  ASSERT_TRUE(fit.ok() && fit->size) << fit.status();
  EXPECT_EQ(fit->noise, 0);
  EXPECT_FALSE(fit->size->exponent.percentile.lower.has_value());
  EXPECT_FALSE(fit->size->exponent.percentile.upper.has_value());
}

TEST(IsoflopTest, AnEndThatTheDataDoNotBoundIsAbsent) {
  // Curvature far below the noise: resamples run into the edges.
  Runs runs;
  for (const double factor : {0.5, 0.8, 1.0, 1.3, 2.0}) {
    const double x = std::log(factor);
    const double off = factor == 0.8 || factor == 1.3 ? 0.05 : 0;
    for (const double seed : {0.0, 0.1}) {
      AddRun(1e12, 1000 * factor, 2 + 0.001 * x * x + off + seed, runs);
    }
  }
  const auto fit = FitRuns(runs);
  ASSERT_TRUE(fit.ok()) << fit.status();
  if (fit->budgets[0].bracketed()) {
    EXPECT_FALSE(fit->budgets[0].size.percentile.lower &&
                 fit->budgets[0].size.percentile.upper);
  } else {
    EXPECT_THAT(fit->budgets[0].problem, Not(HasSubstr("nan")));
  }
}

TEST(IsoflopTest, WarnsIfTheSizesAreOffCentre) {
  const auto fit = FitRuns(OneCurve({0.8, 1, 2, 4, 8, 16}));
  ASSERT_TRUE(fit.ok()) << fit.status();
  EXPECT_THAT(fit->warnings, Contains(HasSubstr("run smaller sizes")));
}

TEST(IsoflopTest, OffCentreSizesAreNamedWithTheBias) {
  Runs runs;
  const auto best = [](double flops) {
    return std::pow(0.34 / 0.28 * std::pow(flops / 6, 0.28), 1 / 0.62);
  };
  for (const double flops : {1e17, 1e18, 1e19}) {
    // The optimum of 400 / N^0.34 + 400 / D^0.28, missed by a factor of 3.
    for (int i = -7; i <= 7; ++i) {
      const double size = best(flops) / 3 * std::pow(10, 0.9 * i / 7.0);
      AddRun(flops, size,
             1.69 + 400 * std::pow(size, -0.34) +
                 400 * std::pow(flops / 6 / size, -0.28),
             runs);
    }
  }
  IsoflopOptions options;
  options.rule.method = OptimumMethod::kFullRange;
  const auto biased = FitIsoflop(runs, ByBudget(runs, 0), options);
  ASSERT_TRUE(biased.ok()) << biased.status();
  EXPECT_THAT(biased->warnings, Contains(HasSubstr("off the centre")));
  ASSERT_TRUE(biased->bias.has_value());
  EXPECT_EQ(biased->bias->target_flops, 1e20);
  EXPECT_NEAR(biased->bias->size_factor / (biased->size->At(1e20) / best(1e20)),
              1, 1e-4);
  EXPECT_LT(biased->bias->size_factor, 0.998);
  options.rule.method = OptimumMethod::kAkima;
  const auto akima = FitIsoflop(runs, ByBudget(runs, 0), options);
  EXPECT_NEAR(akima->bias->size_factor, 1, 0.001);
  EXPECT_THAT(akima->warnings, Not(Contains(HasSubstr("bias the"))));
}

TEST(IsoflopTest, TrendsShareTheirResamples) {
  Runs runs = ThreeCurves({0.2, 0.3, 0.5, 0.7, 1, 1.4, 2, 3, 4});
  std::mt19937_64 engine(1);
  std::normal_distribution<double> normal(0, 0.003);
  for (double& loss : runs.loss) loss *= std::exp(normal(engine));
  const auto fit = FitRuns(runs, 300);
  ASSERT_TRUE(fit.ok()) << fit.status();
  EXPECT_NEAR(fit->noise, 0.009, 0.004);  // 0.003 of losses about 3
  ASSERT_EQ(fit->size->exponent_resamples.size(), 300);
  ASSERT_EQ(fit->size->exponent_jackknife.size(), runs.rows());
  // D* = C / (6 N*), line by line.
  for (int r = 0; r < 300; ++r) {
    EXPECT_NEAR(
        fit->size->exponent_resamples[r] + fit->tokens->exponent_resamples[r],
        1, 1e-9);
  }
  const BootstrapEstimate at = TrendEstimateAt(*fit->size, 64e12, 0.95);
  EXPECT_LT(*at.bca.lower, 1000 * std::pow(64, 0.6));
  EXPECT_GT(*at.bca.upper, 1000 * std::pow(64, 0.6));
}

// Over 200 campaigns, the interval of the exponent and of each optimal size
// holds the truth at its nominal rate, within three binomial errors.
TEST(IsoflopTest, IntervalsCoverTheTruth) {
  const double truth = 0.31 / (0.34 + 0.31);
  int exponent_covered = 0;
  int exponent_covered_by_bca = 0;
  int size_covered = 0;
  int size_covered_by_noise = 0;
  int sizes = 0;
  const auto holds = [](const Interval& interval, double value) {
    return interval.lower.value_or(-INFINITY) <= value &&
           value <= interval.upper.value_or(INFINITY);
  };
  constexpr int kCampaigns = 200;
  for (int seed = 0; seed < kCampaigns; ++seed) {
    const auto fit = FitRuns(DemoRuns(FlooredPowerLaw, 3, 0.01, seed), 300);
    ASSERT_TRUE(fit.ok() && fit->size) << seed;
    const BootstrapEstimate& exponent = fit->size->exponent;
    exponent_covered += holds(exponent.percentile, truth) ? 1 : 0;
    exponent_covered_by_bca += holds(exponent.bca, truth) ? 1 : 0;
    for (const BudgetOptimum& budget : fit->budgets) {
      const double best = BestSize(FlooredPowerLaw, budget.curve.budget);
      EXPECT_FALSE(budget.drawn_by_noise);
      size_covered += holds(budget.size.percentile, best) ? 1 : 0;
      size_covered_by_noise += holds(budget.size_by_noise, best) ? 1 : 0;
      ++sizes;
    }
  }
  std::printf("exponent %.3f, BCa %.3f; N* %.3f, by noise %.3f\n",
              exponent_covered / double{kCampaigns},
              exponent_covered_by_bca / double{kCampaigns},
              size_covered / double(sizes),
              size_covered_by_noise / double(sizes));
  EXPECT_GE(exponent_covered, 0.90 * kCampaigns);
  // With so few runs BCa is not quite nominal: docs/science.md.
  EXPECT_GE(exponent_covered_by_bca, 0.85 * kCampaigns);
  EXPECT_GE(size_covered, 0.90 * sizes);
  EXPECT_GE(size_covered_by_noise, 0.90 * sizes);
}

// The runs of one trunk are one unit of every resample.
TEST(IsoflopTest, RunsOfOneNameAreDrawnTogether) {
  Runs runs = DemoRuns(FlooredPowerLaw, 3, 0.01, 7);
  for (size_t i = 0; i < runs.rows(); ++i) {
    runs.run.push_back(std::to_string(i % 7));  // one trunk for each size
  }
  const auto resampling = ResamplingOf(runs, {.resamples = 50});
  ASSERT_TRUE(resampling.ok()) << resampling.status();
  EXPECT_EQ(resampling->units(), 7);
  const auto fit = FitIsoflop(runs, *resampling, {});
  ASSERT_TRUE(fit.ok()) << fit.status();
  EXPECT_EQ(fit->size->exponent_jackknife.size(), 7);
}

}  // namespace
}  // namespace isoshape
