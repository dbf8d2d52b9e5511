#include "scaling/isoflop/isoflop_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <string>
#include <vector>

namespace isoshape {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

// ln loss is a parabola of ln N about 1e6 (C / 1e15)^0.6 at each budget.
RunTable ParabolaRuns(const std::vector<double>& factors, double noise = 0,
                      uint64_t seed = 1) {
  std::mt19937_64 engine(seed);
  std::normal_distribution<double> normal;
  RunTable table;
  for (const double scale : {1.0, 4.0, 16.0}) {
    for (const double factor : factors) {
      const double size = 1e6 * std::pow(scale, 0.6) * factor;
      const double x = std::log(factor);
      table.params.push_back(size);
      table.tokens.push_back(scale * 1e15 / 6 / size);
      table.budget.push_back(scale * 1e15);
      table.loss.push_back(3 * std::pow(scale, -0.05) *
                           std::exp(0.05 * x * x + noise * normal(engine)));
    }
  }
  return table;
}

Resampling Rows(const RunTable& table, int count) {
  return *Resampling::CaseBootstrap(table.rows(),
                                    {.count = count, .strata = table.budget});
}

constexpr OptimumMethod kMethods[] = {
    OptimumMethod::kAkima, OptimumMethod::kNearMinimum,
    OptimumMethod::kLossShare, OptimumMethod::kFullRange};

TEST(IsoflopTableTest, EveryMethodFindsTheOptimaOfParabolas) {
  const RunTable table =
      ParabolaRuns({1 / 4.0, 1 / 2.0, 1 / 1.4, 1, 1.4, 2, 4});
  for (const OptimumMethod method : kMethods) {
    SCOPED_TRACE(OptimumMethodName(method));
    IsoflopTableOptions options;
    options.rule.method = method;
    const auto fit = FitIsoflopTable(table, Rows(table, 0), options);
    ASSERT_TRUE(fit.ok()) << fit.status();
    ASSERT_TRUE(fit->size && fit->tokens && fit->loss);
    EXPECT_NEAR(fit->size->exponent.value, 0.6, 1e-9);
    EXPECT_NEAR(fit->tokens->exponent.value, 0.4, 1e-9);
    EXPECT_NEAR(fit->loss->exponent.value, -0.05, 1e-9);
    EXPECT_NEAR(fit->size->At(64e15), 1e6 * std::pow(64, 0.6), 1e-3);
    EXPECT_NEAR(fit->budgets[0].size.value, 1e6, 1e-3);
    EXPECT_NEAR(fit->budgets[0].loss.value, 3, 1e-9);
    EXPECT_FALSE(fit->budgets[0].size.percentile.lower.has_value());
  }
}

TEST(IsoflopTableTest, EdgesAreNamedAndLeftOut) {
  RunTable table = ParabolaRuns({1 / 4.0, 1 / 2.0, 1, 2, 4});
  for (size_t i = 0; i < table.rows(); ++i) {
    if (table.budget[i] > 1.5e16) table.loss[i] = 3 - 1e-9 * table.params[i];
  }
  const auto fit = FitIsoflopTable(table, Rows(table, 50), {});
  ASSERT_TRUE(fit.ok()) << fit.status();
  EXPECT_TRUE(fit->budgets[2].on_edge);
  EXPECT_THAT(fit->warnings,
              Contains(HasSubstr("budget 1.6e+16 FLOPs is left out of the "
                                 "trends: the least loss is at the largest")));
  EXPECT_EQ(fit->size->budgets, 2);
  EXPECT_NEAR(fit->size->exponent.value, 0.6, 1e-9);
}

TEST(IsoflopTableTest, IntervalsHoldTheTruthAndCarryThrough) {
  std::vector<double> factors;
  for (int i = -6; i <= 6; ++i) factors.push_back(std::pow(1.3, i));
  const RunTable table = ParabolaRuns(factors, 0.003);
  IsoflopTableOptions options;
  options.rule.method = OptimumMethod::kNearMinimum;
  const Resampling rows = Rows(table, 300);
  const auto fit = FitIsoflopTable(table, rows, options);
  ASSERT_TRUE(fit.ok()) << fit.status();
  EXPECT_NEAR(fit->noise, 0.009, 0.003);  // 0.003 of losses about 3
  for (const BudgetOptimum& budget : fit->budgets) {
    const double truth = 1e6 * std::pow(budget.budget / 1e15, 0.6);
    for (const Interval& interval :
         {budget.size.percentile, budget.size.bca, budget.size_by_noise}) {
      ASSERT_TRUE(interval.lower && interval.upper);
      EXPECT_LT(*interval.lower, truth * 1.02);
      EXPECT_GT(*interval.upper, truth / 1.02);
      EXPECT_LT(*interval.upper / *interval.lower, 1.6);
    }
  }
  const BootstrapEstimate at = TrendEstimateAt(*fit->size, 64e15, 0.95);
  ASSERT_EQ(fit->size->exponent_resamples.size(), 300);
  ASSERT_EQ(fit->size->exponent_jackknife.size(), table.rows());
  const double truth = 1e6 * std::pow(64, 0.6);
  EXPECT_LT(*at.bca.lower, truth);
  EXPECT_GT(*at.bca.upper, truth);
  // D* = C / (6 N*) line by line: the trends share their resamples.
  for (int r = 0; r < 300; ++r) {
    EXPECT_NEAR(
        fit->size->exponent_resamples[r] + fit->tokens->exponent_resamples[r],
        1, 0.02);
  }
  const auto again = FitIsoflopTable(table, rows, options);
  EXPECT_EQ(*again->size->exponent_bca.lower, *fit->size->exponent_bca.lower);
}

TEST(IsoflopTableTest, SeedsOfASizeAreAveraged) {
  RunTable table = ParabolaRuns({1 / 4.0, 1 / 2.0, 1, 2, 4});
  const RunTable once = table;
  for (size_t i = 0; i < once.rows(); ++i) {
    table.params.push_back(once.params[i]);
    table.tokens.push_back(once.tokens[i]);
    table.budget.push_back(once.budget[i]);
    table.loss.push_back(once.loss[i] + 0.02);
    table.loss[i] -= 0.02;
  }
  const auto fit = FitIsoflopTable(table, Rows(table, 0), {});
  ASSERT_TRUE(fit.ok()) << fit.status();
  EXPECT_EQ(fit->budgets[0].runs, 10);
  EXPECT_EQ(fit->budgets[0].sizes, 5);
  EXPECT_NEAR(fit->budgets[0].size.value, 1e6, 1e-3);
  EXPECT_GT(fit->noise_degrees_of_freedom, 14);
}

TEST(IsoflopTableTest, OffCentreSizesAreNamedWithTheBias) {
  RunTable table;
  for (const double flops : {1e17, 1e18, 1e19}) {
    // Optimum of 400 / N^0.34 + 400 / D^0.28, missed by a factor of 3.
    const double best =
        std::pow(0.34 / 0.28 * std::pow(flops / 6, 0.28), 1 / 0.62);
    for (int i = -7; i <= 7; ++i) {
      const double size = best / 3 * std::pow(10, 0.9 * i / 7.0);
      const double tokens = flops / 6 / size;
      table.params.push_back(size);
      table.tokens.push_back(tokens);
      table.budget.push_back(flops);
      table.loss.push_back(1.69 + 400 * std::pow(size, -0.34) +
                           400 * std::pow(tokens, -0.28));
    }
  }
  IsoflopTableOptions options;
  options.rule.method = OptimumMethod::kFullRange;
  options.bias_target_flops = 1e22;
  const auto biased = FitIsoflopTable(table, Rows(table, 0), options);
  ASSERT_TRUE(biased.ok()) << biased.status();
  EXPECT_THAT(biased->warnings, Contains(HasSubstr("off the centre")));
  EXPECT_THAT(biased->warnings, Contains(HasSubstr("bias the extrapolation")));
  const double truth =
      std::pow(0.34 / 0.28 * std::pow(1e22 / 6, 0.28), 1 / 0.62);
  ASSERT_TRUE(biased->bias.has_value());
  EXPECT_NEAR(biased->bias->size_factor / (biased->size->At(1e22) / truth), 1,
              1e-4);
  EXPECT_LT(biased->bias->size_factor, 0.99);
  options.rule.method = OptimumMethod::kAkima;
  const auto akima = FitIsoflopTable(table, Rows(table, 0), options);
  EXPECT_NEAR(akima->bias->size_factor, 1, 0.01);
  EXPECT_THAT(akima->warnings, Not(Contains(HasSubstr("bias the"))));
}

TEST(IsoflopTableTest, RefusesWhatGivesNoGround) {
  const RunTable good = ParabolaRuns({1 / 4.0, 1 / 2.0, 1, 2, 4});
  const auto status = [&](const RunTable& table,
                          const IsoflopTableOptions& options = {}) {
    return FitIsoflopTable(table, Rows(good, 0), options).status();
  };
  RunTable table = good;
  table.budget.clear();
  EXPECT_EQ(status(table).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status(table).message()), HasSubstr("budget"));
  table = good;
  for (size_t i = 0; i < table.rows(); ++i) table.budget[i] = 1e15 + i;
  EXPECT_EQ(status(table).code(), absl::StatusCode::kFailedPrecondition);
  table = good;
  table.loss[3] = std::nan("");
  EXPECT_EQ(status(table).code(), absl::StatusCode::kInvalidArgument);
  IsoflopTableOptions options;
  options.level = 0;
  EXPECT_EQ(status(good, options).code(), absl::StatusCode::kInvalidArgument);
  options = {};
  options.size = SizeMeasure::kFlopsPerToken;
  EXPECT_EQ(status(good, options).code(),
            absl::StatusCode::kFailedPrecondition);
  table = good;
  table.params.pop_back();
  EXPECT_EQ(status(table).code(), absl::StatusCode::kInvalidArgument);
  const auto other =
      FitIsoflopTable(good, *Resampling::CaseBootstrap(3, {.count = 1}), {});
  EXPECT_EQ(other.status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(IsoflopTableTest, EqualLossesAreNamed) {
  RunTable table = ParabolaRuns({1 / 2.0, 1, 2});
  table.loss.assign(table.rows(), 2);
  const auto fit = FitIsoflopTable(table, Rows(table, 5), {});
  ASSERT_TRUE(fit.ok()) << fit.status();
  EXPECT_FALSE(fit->size.has_value());
  EXPECT_THAT(fit->warnings, Contains(HasSubstr("all 3 losses are equal, 2")));
  EXPECT_THAT(fit->warnings, Contains(HasSubstr("no trend")));
}

}  // namespace
}  // namespace isoshape
