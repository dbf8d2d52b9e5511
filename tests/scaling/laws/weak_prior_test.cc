#include "scaling/laws/weak_prior.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "scaling/laws/parametric_law.h"
#include "scaling/laws/shape_laws.h"
#include "tests/scaling/synthetic_runs.h"

namespace isoshape {
namespace {

WeakPriors Weak() { return WeakPriorsAt(28, {27, 28, 29}, {1.0, 0.9, 0.8}); }

Eigen::VectorXd Law() {
  Eigen::VectorXd law(8);
  law << 3, 5, 0.4, 0.31, 0.36, 0.05, 2.5, 0.03;
  return law;
}

TEST(WeakPriorTest, DerivativesAreThoseOfDifferences) {
  for (const bool fixed_e : {false, true}) {
    for (const bool with_shape : {false, true}) {
      const LawPrior prior(Weak(), fixed_e, with_shape);
      const Eigen::VectorXd law = Law().head(with_shape ? 8 : 5);
      Eigen::VectorXd residuals, above, below;
      Eigen::MatrixXd jacobian;
      ASSERT_TRUE(prior.Standardized(law, {}, residuals, &jacobian));
      ASSERT_EQ(residuals.size(), prior.figures());
      for (Eigen::Index k = 0; k < law.size(); ++k) {
        const Eigen::VectorXd step =
            1e-5 * Eigen::VectorXd::Unit(law.size(), k);
        ASSERT_TRUE(prior.Standardized(law + step, {}, above, nullptr));
        ASSERT_TRUE(prior.Standardized(law - step, {}, below, nullptr));
        for (Eigen::Index i = 0; i < residuals.size(); ++i) {
          EXPECT_NEAR(jacobian(i, k), (above[i] - below[i]) / 2e-5, 1e-5)
              << i << ' ' << k;
        }
      }
    }
  }
}

TEST(WeakPriorTest, ThePriorSizeHasTwentyTokensForEachParameter) {
  const double flops = 7.5e17;
  EXPECT_NEAR(PriorSize(flops) * 20 * PriorSize(flops) * 6 / flops, 1, 1e-12);
  EXPECT_NEAR(LnPriorSize(std::log(flops)), std::log(PriorSize(flops)), 1e-12);
  EXPECT_DOUBLE_EQ(WeakPriorsAt(std::log(flops), {}, {}).ln_size,
                   LnPriorSize(std::log(flops)));
}

TEST(WeakPriorTest, ThePriorOfNoiseIsWorthFourRuns) {
  EXPECT_DOUBLE_EQ(NoiseOf(0.01, 0, 0), 0.01);
  EXPECT_DOUBLE_EQ(NoiseOf(0.01, 0, 12), 0.005);
  // As many parameters as runs, or more, leave the prior alone.
  EXPECT_DOUBLE_EQ(NoiseOf(0.01, 0, -3), 0.01);
  EXPECT_EQ(NoiseWithPrior({}, 5), kPriorNoise);
}

TEST(WeakPriorTest, NoPriorOutsideTheLaw) {
  const LawPrior prior(Weak(), false, true);
  Eigen::VectorXd residuals;
  for (const int place : {3, 4, 5}) {
    Eigen::VectorXd law = Law();
    law[place] = -0.01;
    EXPECT_FALSE(prior.Standardized(law, {}, residuals, nullptr)) << place;
  }
}

TEST(WeakPriorTest, AHuberLossIsWorthWhatItsEstimateIs) {
  // All residuals inside: least squares.
  EXPECT_NEAR(LikelihoodScale(1, 0.01), 1e4, 1e-6);
  EXPECT_NEAR(MeanCurvature(1, 0.01), 1, 1e-12);
  // All outside: the median, whose variance is pi / 2 of the mean's.
  const double delta = 1e-9;
  const double precision =
      LikelihoodScale(delta, 0.01) * MeanCurvature(delta, 0.01);
  EXPECT_NEAR(precision / (1e4 * 2 / M_PI), 1, 1e-4);
}

Runs SomeRuns(int budgets, int sizes, double noise, uint64_t seed) {
  const auto spread = [sizes](double budget) {
    std::vector<double> around;
    for (int i = 0; i < sizes; ++i) {
      around.push_back(std::sqrt(budget / 120) *
                       std::pow(9, i / static_cast<double>(sizes - 1) - 0.5));
    }
    return around;
  };
  const auto law = [](double size, double tokens) {
    return 1.8 + 480 * std::pow(size, -0.35) + 2100 * std::pow(tokens, -0.37);
  };
  return IsoflopRuns(QuadruplingBudgets(1e18, budgets), spread, law, noise,
                     seed);
}

PowerSumFit FitWith(const Runs& runs, bool prior) {
  const PowerSumData data = ParametricData(runs);
  PowerSumOptions options;
  if (prior) {
    options.prior = WeakPriorsOf(data.ln_x[0], data.ln_x[1], data.ln_loss);
  }
  const auto fit = FitPowerSum(data, options);
  EXPECT_TRUE(fit.ok()) << fit.status();
  return fit.value_or(PowerSumFit());
}

// The share of the priors in ln alpha.
double ShareOfAlpha(const PowerSumFit& fit) {
  return fit.posterior->PriorShare(Eigen::VectorXd::Unit(5, 3));
}

TEST(WeakPriorTest, ManyRunsSpeakForThemselves) {
  const Runs runs = SomeRuns(8, 15, 0.001, 1);
  const PowerSumFit with = FitWith(runs, true);
  const PowerSumFit without = FitWith(runs, false);
  EXPECT_TRUE(with.converged) << with.problem;
  EXPECT_FALSE(without.posterior.has_value());
  ASSERT_TRUE(with.posterior.has_value());
  EXPECT_NEAR(with.law.alpha[0], without.law.alpha[0], 0.01);
  EXPECT_NEAR(with.law.alpha[0], 0.35, 0.02);
  EXPECT_NEAR(with.law.alpha[1], 0.37, 0.02);
  EXPECT_LT(ShareOfAlpha(with), 0.3);
}

// Few noisy runs of a narrow range leave the floor open; the prior holds it to
// what losses are like.
TEST(WeakPriorTest, FewRunsAreHeldByThePriors) {
  double with_error = 0;
  double without_error = 0;
  double share = 0;
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    const Runs runs = SomeRuns(2, 6, 0.01, seed);
    const PowerSumFit with = FitWith(runs, true);
    const PowerSumFit without = FitWith(runs, false);
    ASSERT_TRUE(with.posterior.has_value());
    const auto error = [](const PowerSumFit& fit) {
      return std::abs(SizeExponent(fit.law, {}) - 0.37 / 0.72);
    };
    with_error += error(with) / 10;
    without_error += error(without) / 10;
    share += ShareOfAlpha(with) / 10;
  }
  EXPECT_LT(with_error, 0.15) << without_error << ' ' << share;
  EXPECT_LT(with_error, without_error);
  EXPECT_GT(share, 0.2);
}

TEST(WeakPriorTest, LeastAbsoluteDeviationsAndAFixedFloorHavePriorsToo) {
  const Runs runs = SomeRuns(4, 9, 0.004, 3);
  const PowerSumData data = ParametricData(runs);
  for (const bool absolute : {false, true}) {
    PowerSumOptions options;
    options.loss.least_absolute = absolute;
    options.fixed_e = 1.8;
    options.prior = WeakPriorsOf(data.ln_x[0], data.ln_x[1], data.ln_loss);
    const auto fit = FitPowerSum(data, options);
    ASSERT_TRUE(fit.ok()) << fit.status();
    EXPECT_EQ(fit->law.e, 1.8);
    EXPECT_NEAR(fit->law.alpha[0], 0.35, 0.06);
    ASSERT_TRUE(fit->posterior.has_value());
    EXPECT_EQ(fit->posterior->Deviation(Eigen::VectorXd::Unit(5, 2)), 0);
  }
}

// A resample draws the priors too: without runs that speak, figures scatter by
// as much as the priors leave open.
TEST(WeakPriorTest, ResamplesDrawThePriors) {
  const Runs runs = SomeRuns(2, 6, 0.01, 2);
  const PowerSumData data = ParametricData(runs);
  PowerSumOptions options;
  options.prior = WeakPriorsOf(data.ln_x[0], data.ln_x[1], data.ln_loss);
  const auto bootstrap =
      BootstrapPowerSum(data, options, ByBudget(runs, 300), {});
  ASSERT_TRUE(bootstrap.ok()) << bootstrap.status();
  const BootstrapEstimate alpha = bootstrap->Estimate(
      [](const PowerSum& law) { return law.alpha[0]; }, 0.95);
  const double expected =
      bootstrap->fit.posterior->Deviation(Eigen::VectorXd::Unit(5, 3));
  EXPECT_LT(alpha.failed, 15);
  EXPECT_GT(alpha.standard_error, 0.5 * expected);
  EXPECT_LT(alpha.standard_error, 2 * expected);
}

TEST(WeakPriorTest, TheShapeLawIsHeldToo) {
  std::mt19937_64 engine(5);
  std::normal_distribution<double> normal;
  Runs runs;
  double budget = 1e18;
  for (int b = 0; b < 4; ++b, budget *= 4) {
    for (const double factor : {0.4, 0.7, 1.0, 1.5, 2.5}) {
      for (const double ratio : {12.0, 30.0, 75.0}) {
        const double size = factor * std::sqrt(budget / 120);
        const double off = std::log(ratio / 30);
        const double loss =
            1.8 + 480 * std::pow(size, -0.35) * (1 + 0.06 * off * off) +
            2100 * std::pow(budget / 6 / size, -0.37);
        AddRun(budget, size, loss * std::exp(0.002 * normal(engine)), runs, 10,
               10 * ratio);
      }
    }
  }
  ShapeLawOptions options{.weak_prior = true};
  const auto comparison = CompareShapeLaws(runs, options);
  ASSERT_TRUE(comparison.ok()) << comparison.status();
  const RatioLawFit& fit = comparison->ratio;
  EXPECT_TRUE(fit.converged) << fit.problem;
  ASSERT_TRUE(fit.posterior.has_value());
  const double n = std::log(runs.size.back());
  EXPECT_NEAR(std::exp(fit.law.BestLogRatio(n)), 30, 5);
  EXPECT_NEAR(fit.law.alpha, 0.35, 0.08);
  // The best ratio is the runs', not the priors'.
  Eigen::VectorXd ratio = Eigen::VectorXd::Zero(8);
  ratio[6] = 1;
  ratio[7] = n;
  EXPECT_LT(fit.posterior->PriorShare(ratio), 0.2);
  const auto bootstrap =
      BootstrapRatioLaw(*comparison, ByBudget(runs, 50), options, {});
  const BootstrapEstimate best = bootstrap.Estimate(
      [n](const RatioLaw& law) { return law.BestLogRatio(n); }, 0.95);
  EXPECT_LE(best.failed, 2);
  EXPECT_LT(*best.percentile.lower, std::log(30));
  EXPECT_GT(*best.percentile.upper, std::log(30));
}

}  // namespace
}  // namespace isoshape
