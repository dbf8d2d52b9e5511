#include "scaling/laws/parametric_law.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "tests/scaling/published_data.h"

namespace isoshape {
namespace {

PowerSum Law() {
  return {.e = 1.8,
          .ln_a = {std::log(480.0), std::log(2100.0)},
          .alpha = {0.35, 0.37}};
}

// The closed form is a minimum along the line of equal compute.
TEST(ComputeOptimumTest, IsTheLeastLossOfItsCompute) {
  for (const double exponent : {1.0, 0.9}) {
    const ComputeRule rule{.ln_coefficient = std::log(7.0),
                           .exponent = exponent};
    const ComputeOptimum best = OptimumAt(Law(), 1e20, rule);
    EXPECT_NEAR(7 * std::pow(best.size, exponent) * best.tokens, 1e20, 1e9);
    for (const double factor : {0.98, 1.02}) {
      const double size = best.size * factor;
      EXPECT_LT(best.loss,
                std::exp(Law().LogLoss(
                    {std::log(size), std::log(rule.Tokens(size, 1e20))})));
    }
    const ComputeOptimum more = OptimumAt(Law(), 1e21, rule);
    EXPECT_NEAR(std::log10(more.size / best.size), SizeExponent(Law(), rule),
                1e-9);
    EXPECT_NEAR(std::log10(more.tokens / best.tokens),
                TokenExponent(Law(), rule), 1e-9);
  }
}

TEST(ComputeRuleTest, RecoversHowFlopsGrowWithSize) {
  Runs table;
  for (const double size : {1e6, 1e7, 1e8}) {
    table.size.push_back(size);
    table.tokens.push_back(20 * size);
    table.loss.push_back(3);
    table.flops.push_back(9 * std::pow(size, 0.97) * 20 * size);
  }
  const auto rule = FitComputeRule(table);
  ASSERT_TRUE(rule.ok()) << rule.status();
  EXPECT_NEAR(rule->exponent, 0.97, 1e-12);
  EXPECT_NEAR(rule->ln_coefficient, std::log(9.0), 1e-9);
  EXPECT_NEAR(rule->rmse, 0, 1e-9);
  Runs one_size = table;
  one_size.size.assign(3, 1e6);
  EXPECT_EQ(FitComputeRule(one_size).status().code(),
            absl::StatusCode::kFailedPrecondition);
  table.flops.clear();
  EXPECT_EQ(FitComputeRule(table).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

class ChinchillaTest : public testing::Test {
 protected:
  void SetUp() override {
    READ_PUBLISHED_OR_SKIP(text, "chinchilla.csv");
    const auto table =
        ParseRuns(text, "chinchilla.csv", ChinchillaFormat(true));
    ASSERT_TRUE(table.ok()) << table.status();
    data_ = ParametricData(*table);
  }
  Bootstrap<PowerSumFit> Run(int resamples, int threads) const {
    const auto resampling = Resampling::CaseBootstrap(
        data_.rows(), {.count = resamples, .seed = 42});
    auto result =
        BootstrapPowerSum(data_, {}, *resampling, {.threads = threads});
    EXPECT_TRUE(result.ok()) << result.status();
    return *std::move(result);
  }
  PowerSumData data_;
};

// Published standard deviations, each within 5 %.
TEST_F(ChinchillaTest, StandardDeviationsOf4000Resamples) {
  if (IsSkipped()) return;
  const Bootstrap<PowerSumFit> bootstrap = Run(4000, 0);
  const auto error = [&](double (*figure)(const PowerSum&)) {
    const BootstrapEstimate estimate = bootstrap.Estimate(figure, 0.95);
    EXPECT_LE(estimate.failed, 4);
    return estimate.standard_error;
  };
  const auto near = [](double published) {
    return testing::DoubleNear(published, 0.05 * published);
  };
  EXPECT_THAT(error([](const PowerSum& law) { return std::exp(law.ln_a[0]); }),
              near(124.5));
  EXPECT_THAT(error([](const PowerSum& law) { return std::exp(law.ln_a[1]); }),
              near(1293));
  EXPECT_THAT(error([](const PowerSum& law) { return law.e; }), near(0.02566));
  EXPECT_THAT(error([](const PowerSum& law) { return law.alpha[0]; }),
              near(0.01540));
  EXPECT_THAT(error([](const PowerSum& law) { return law.alpha[1]; }),
              near(0.02060));
  EXPECT_THAT(error([](const PowerSum& law) { return SizeExponent(law, {}); }),
              near(0.0200));
}

TEST_F(ChinchillaTest, ThreadsChangeNoDigit) {
  if (IsSkipped()) return;
  const Bootstrap<PowerSumFit> one = Run(50, 1);
  const Bootstrap<PowerSumFit> three = Run(50, 3);
  for (int r = 0; r < 50; ++r) {
    EXPECT_EQ(one.resamples[r].law.e, three.resamples[r].law.e);
  }
  ASSERT_EQ(one.jackknife.size(), 240);
  for (int u = 0; u < 240; ++u) {
    EXPECT_EQ(one.jackknife[u].law.alpha, three.jackknife[u].law.alpha);
  }
}

TEST_F(ChinchillaTest, OptimaThatWerePublished) {
  if (IsSkipped()) return;
  const PowerSum law = Run(0, 1).fit.law;
  EXPECT_NEAR(OptimumAt(law, 1e18, {}).size, 8.020e7, 1e5);
  EXPECT_NEAR(OptimumAt(law, 1e20, {}).size, 8.5502e8, 1e6);
  const ComputeOptimum best = OptimumAt(law, 5.76e23, {});
  EXPECT_NEAR(best.size, 7.319e10, 2e8);
  EXPECT_NEAR(best.tokens, 1.3116e12, 3e9);
  EXPECT_NEAR(best.loss, 1.97391, 1e-4);
}

}  // namespace
}  // namespace isoshape
