#include "scaling/reports/parametric_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "common/threads/cancellation.h"
#include "scaling/laws/parametric_law.h"
#include "scaling/laws/power_sum_objective.h"
#include "scaling/reports/report_parts.h"
#include "tests/scaling/synthetic_runs.h"

namespace isoshape {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

// The remedy was resamples, which had been asked for.
TEST(ParametricReportTest, ATieIsNotTestedOnRunsThatDoNotTellTheExponents) {
  const Runs runs = IsoflopRuns(
      {1e14}, [](double) { return SizesAround(1e6, 1.5); }, FlooredPowerLaw,
      0.003, 1);
  LawOptions options{.tie_exponents = true, .resamples = 50};
  const auto report = ParametricReport(runs, options);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_THAT(report->findings,
              Contains("alpha = beta is not tested: the places of the runs do "
                       "not tell alpha - beta"));
  EXPECT_THAT(report->findings, Not(Contains(HasSubstr("takes resamples"))));
  // Without resamples it is these that are missing, where places would tell.
  options.resamples = 0;
  const auto plain =
      ParametricReport(DemoRuns(FlooredPowerLaw, 4, 0.005, 1), options);
  ASSERT_TRUE(plain.ok()) << plain.status();
  EXPECT_THAT(plain->findings, Contains(HasSubstr("takes resamples")));
}

// A sweep of five budgets and nine sizes of a law with gamma, at which budget's
// best size matters.
Runs GammaRuns(const PowerSum& law, double noise, uint64_t seed) {
  return IsoflopRuns(
      {1e18, 1e19, 1e20, 1e21, 1e22},
      [&](double budget) {
        return SizesAround(OptimumAt(law, budget, {}).size, 1.7);
      },
      [&](double size, double tokens) {
        return std::exp(law.LogLoss({std::log(size), std::log(tokens)}));
      },
      noise, seed);
}

// Of the size of the coefficients of Busbridge et al. 2025.
PowerSum LawWithGamma() {
  return {.e = 1.2,
          .ln_a = {std::log(3400), std::log(18000)},
          .alpha = {0.41, 0.43},
          .gamma = 0.45};
}

TEST(ParametricReportTest, AGammaThatTheRunsShowIsFound) {
  const PowerSum truth = LawWithGamma();
  // Without noise it is exact, from starts that are not.
  const auto exact = ParametricReport(GammaRuns(truth, 0, 1),
                                      {.free_gamma = true, .resamples = 0});
  ASSERT_TRUE(exact.ok()) << exact.status();
  EXPECT_EQ(exact->formula, "L = E + (A N^-alpha + B D^-beta)^gamma");
  ASSERT_EQ(exact->parameters.size(), 6);
  EXPECT_TRUE(exact->optimum->converged) << exact->optimum->problem;
  const auto value = [&](const std::string& name) {
    return FindLawFigure(exact->parameters, name)->estimate.value;
  };
  EXPECT_NEAR(value("gamma"), truth.gamma, 1e-3);
  EXPECT_NEAR(value("alpha"), truth.alpha[0], 1e-3);
  EXPECT_NEAR(value("E"), truth.e, 1e-3);
  EXPECT_NEAR(FindLawFigure(exact->derived, "g")->estimate.value,
              DecayExponent(truth, {}), 1e-4);

  const auto noisy = ParametricReport(GammaRuns(truth, 0.001, 2),
                                      {.free_gamma = true, .resamples = 200});
  ASSERT_TRUE(noisy.ok()) << noisy.status();
  const LawFigure& gamma = *FindLawFigure(noisy->parameters, "gamma");
  EXPECT_NEAR(gamma.estimate.value, truth.gamma,
              3 * gamma.estimate.standard_error);
  EXPECT_LT(gamma.estimate.standard_error, 0.1);
  EXPECT_THAT(noisy->findings, Contains(HasSubstr("gamma = 1 is rejected")));
}

TEST(ParametricReportTest, AGammaOfOneIsNotRejected) {
  PowerSum truth = LawWithGamma();
  truth.gamma = 1;
  truth.ln_a = {std::log(400), std::log(2000)};
  truth.alpha = {0.34, 0.36};
  const auto report = ParametricReport(GammaRuns(truth, 0.002, 3),
                                       {.free_gamma = true, .resamples = 200});
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_THAT(report->findings,
              Contains(HasSubstr("gamma = 1 is not rejected")));
  // The fit has no more to gain than the law without gamma, nor less.
  const auto plain =
      ParametricReport(GammaRuns(truth, 0.002, 3), {.resamples = 0});
  ASSERT_TRUE(plain.ok());
  EXPECT_LE(report->optimum->objective, plain->optimum->objective);
}

// Losses of the larger of two powers, which the sum comes to where gamma is 0:
// the search ran on to exponents without an end.
TEST(ParametricReportTest, AGammaBeyondWhatLossesTellIsHeldAtItsBound) {
  const std::vector<double> budgets = {1e18, 1e19, 1e20, 1e21, 1e22};
  const Runs runs = IsoflopRuns(
      budgets,
      [](double budget) { return SizesAround(std::sqrt(budget / 120), 1.7); },
      [](double size, double tokens) {
        return 1.2 + std::max(40 * std::pow(size, -0.18),
                              70 * std::pow(tokens, -0.18));
      },
      0.0005, 5);
  const auto report =
      ParametricReport(runs, {.free_gamma = true, .resamples = 0});
  ASSERT_TRUE(report.ok()) << report.status();
  const LawFigure& gamma = *FindLawFigure(report->parameters, "gamma");
  EXPECT_EQ(gamma.estimate.value, kMinGamma);
  EXPECT_THAT(gamma.unidentified,
              HasSubstr("at its bound, 0.05: the runs do not show how small"));
  EXPECT_EQ(FindLawFigure(report->parameters, "alpha")->unidentified,
            kGammaAtBound);
  EXPECT_EQ(FindLawFigure(report->derived, "a")->unidentified, kGammaAtBound);
  EXPECT_TRUE(report->optimum->converged) << report->optimum->problem;
}

// The resamples of losses without noise differ by what the search leaves open,
// beside which any gamma is far from 1.
TEST(ParametricReportTest, NothingIsTestedOnLossesWithoutNoise) {
  PowerSum plain = LawWithGamma();
  plain.gamma = 1;
  plain.ln_a = {std::log(400), std::log(2000)};
  for (const PowerSum& truth : {LawWithGamma(), plain}) {
    const auto report = ParametricReport(
        GammaRuns(truth, 0, 1), {.free_gamma = true, .resamples = 200});
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_THAT(report->findings,
                Contains("gamma = 1 is not tested: the losses have no noise"));
  }
  const auto tied = ParametricReport(GammaRuns(plain, 0, 1),
                                     {.tie_exponents = true, .resamples = 200});
  ASSERT_TRUE(tied.ok()) << tied.status();
  EXPECT_THAT(tied->findings,
              Contains("alpha = beta is not tested: the losses have no noise"));
}

// One compute, or one line, shows no curvature of the sum.
TEST(ParametricReportTest, GammaIsNotTestedOnRunsThatDoNotTellTheExponents) {
  const Runs runs = IsoflopRuns(
      {1e14}, [](double) { return SizesAround(1e6, 1.5); }, FlooredPowerLaw,
      0.003, 1);
  // Resamples, had they been asked for or not, are not what is missing.
  for (const int resamples : {50, 0}) {
    const auto report =
        ParametricReport(runs, {.free_gamma = true, .resamples = resamples});
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_THAT(report->findings,
                Contains("gamma = 1 is not tested: the places of the runs do "
                         "not tell gamma"));
  }
}

TEST(ParametricReportTest, ACancelledOneIsNone) {
  Cancellation cancellation;
  cancellation.Cancel();
  const Cancellation::Scope scope(&cancellation);
  for (const bool tie : {false, true}) {
    EXPECT_EQ(ParametricReport(DemoRuns(FlooredPowerLaw, 4, 0.005, 1),
                               {.tie_exponents = tie, .resamples = 50})
                  .status()
                  .code(),
              absl::StatusCode::kCancelled);
  }
}

}  // namespace
}  // namespace isoshape
