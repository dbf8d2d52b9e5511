#include "scaling/laws/power_sum_grid.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "scaling/laws/parametric_law.h"
#include "scaling/laws/power_sum_fit.h"
#include "tests/scaling/laws/grid_of_runs.h"

namespace isoshape {
namespace {

PowerSumData SevenBySeven(const PowerSum& law, double noise, uint64_t seed) {
  return GridOfRuns(law, Steps(15, 1, 7), Steps(18, 1, 7), noise, seed);
}

// The grid has 14 exponents a term, equal in their logarithm over 0.05..2.
double GridExponent(int index) {
  return 0.05 * std::pow(40, (index + 0.5) / 14);
}

TEST(PowerSumGridTest, ALawOnTheGridIsFoundExactly) {
  const PowerSum law{
      .e = 1.3, .ln_a = {5, 7}, .alpha = {GridExponent(6), GridExponent(8)}};
  const auto starts = GridStarts(SevenBySeven(law, 0, 1), std::nullopt, 4);
  ASSERT_FALSE(starts.empty());
  EXPECT_NEAR(starts[0].e, 1.3, 1e-6);
  for (int k = 0; k < 2; ++k) {
    EXPECT_NEAR(starts[0].alpha[k], law.alpha[k], 1e-12);
    EXPECT_NEAR(starts[0].ln_a[k], law.ln_a[k], 1e-5);
  }
  for (const PowerSum& start : GridStarts(SevenBySeven(law, 0, 1), 1.3, 4)) {
    EXPECT_EQ(start.e, 1.3);
  }
}

// Loss that grows with tokens has no B above 0: what is not there stays small
// instead of going below 0.
TEST(PowerSumGridTest, NoPartOfALawIsNegative) {
  PowerSumData data =
      SevenBySeven({.e = 1, .ln_a = {5, 0}, .alpha = {0.3, 0.3}}, 0, 1);
  for (size_t i = 0; i < data.rows(); ++i) {
    data.ln_loss[i] += 0.02 * (data.ln_x[1][i] - 18);
  }
  for (const PowerSum& start : GridStarts(data, std::nullopt, 8)) {
    EXPECT_GT(start.e, 0);
    for (int k = 0; k < 2; ++k) EXPECT_TRUE(std::isfinite(start.ln_a[k]));
    EXPECT_LT(start.ln_a[1] - start.alpha[1] * 21, 0);
  }
}

TEST(PowerSumGridTest, StartsOfManyLawsDoNotFail) {
  std::mt19937_64 engine(5);
  std::uniform_real_distribution<double> exponent(0.12, 0.9);
  for (int i = 0; i < 40; ++i) {
    SCOPED_TRACE(i);
    PowerSum law{.e = 1.5, .ln_a = {0, 0}, .alpha = {0, 0}};
    for (int k = 0; k < 2; ++k) {
      law.alpha[k] = exponent(engine);
      law.ln_a[k] = std::log(1.5) + law.alpha[k] * (k == 0 ? 15 : 18);
    }
    const auto fit = FitPowerSum(SevenBySeven(law, 0.003, i), {});
    ASSERT_TRUE(fit.ok()) << fit.status();
    EXPECT_TRUE(fit->converged) << fit->problem;
  }
}

// A task of known entropy, such as a Markov source: a free E finds it, and an E
// that is fixed to it makes the exponents surer.
TEST(KnownEntropyTest, TheFreeFitRecoversItAndFixingItSharpensTheExponents) {
  const double entropy = 1.408;
  const PowerSum law{.e = entropy, .ln_a = {5, 5.5}, .alpha = {0.3, 0.28}};
  const PowerSumData data = SevenBySeven(law, 0.003, 2);
  const auto resampling =
      Resampling::CaseBootstrap(data.rows(), {.count = 200, .seed = 1});
  PowerSumOptions options;
  const auto free = BootstrapPowerSum(data, options, *resampling, {});
  options.fixed_e = entropy;
  const auto fixed = BootstrapPowerSum(data, options, *resampling, {});
  ASSERT_TRUE(free.ok() && fixed.ok());
  const BootstrapEstimate e =
      free->Estimate([](const PowerSum& x) { return x.e; }, 0.95);
  EXPECT_LE(*e.bca.lower, entropy);
  EXPECT_GE(*e.bca.upper, entropy);
  EXPECT_NEAR(e.value, entropy, 0.05);
  const auto alpha = [](const PowerSum& x) { return x.alpha[0]; };
  EXPECT_LT(fixed->Estimate(alpha, 0.95).standard_error,
            0.9 * free->Estimate(alpha, 0.95).standard_error);
  EXPECT_NEAR(fixed->fit.law.alpha[0], 0.3, 0.01);
}

}  // namespace
}  // namespace isoshape
