#include "search/kriging/process.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "search/kriging/improvement.h"

namespace isoshape {
namespace {

std::vector<GpRow> Bowl(int count, double noise) {
  std::mt19937 rng(3);
  std::uniform_real_distribution<double> uniform(-1, 1);
  std::normal_distribution<double> normal;
  std::vector<GpRow> rows;
  for (int i = 0; i < count; ++i) {
    GpRow& row = rows.emplace_back();
    row.place = {1.5 * uniform(rng), 2.7 + 1.3 * uniform(rng),
                 std::log(3.0) * (i % 3)};
    row.ln_loss = 1 - 0.1 * row.place.compute +
                  0.03 * row.place.size * row.place.size +
                  0.01 * std::pow(row.place.ratio - 3, 2) + noise * normal(rng);
  }
  return rows;
}

// Universal kriging by its textbook system [K H; H' 0] (Chiles and Delfiner
// 2012, section 3.4), solved at once.
TEST(GaussianProcess, IsUniversalKriging) {
  const std::vector<GpRow> rows = Bowl(20, 0.003);
  const GaussianProcess process(rows);
  const std::vector<GpPlace> places = {
      {0.3, 2.5, 0}, {-1, 3.5, std::log(9.0)}, {4, 0, std::log(100.0)}};
  const GpForecast forecast(process, places);
  const int n = 20;
  Eigen::MatrixXd system = Eigen::MatrixXd::Zero(n + 2, n + 2);
  Eigen::VectorXd losses = Eigen::VectorXd::Zero(n + 2);
  for (int i = 0; i < n; ++i) {
    for (int j = 0; j < n; ++j) {
      system(i, j) = process.Correlation(rows[i].place, rows[j].place);
    }
    system(i, i) += process.scales().noise;
    system(i, n) = system(n, i) = 1;
    system(i, n + 1) = system(n + 1, i) = rows[i].place.compute;
    losses[i] = rows[i].ln_loss;
  }
  const Eigen::PartialPivLU<Eigen::MatrixXd> solver(system);
  for (size_t p = 0; p < places.size(); ++p) {
    Eigen::VectorXd with(n + 2);
    for (int i = 0; i < n; ++i) {
      with[i] = process.Correlation(rows[i].place, places[p]);
    }
    with[n] = 1;
    with[n + 1] = places[p].compute;
    const Eigen::VectorXd weights = solver.solve(with);
    EXPECT_NEAR(forecast.mean(p), weights.dot(losses), 1e-7);
    const double variance = process.variance() * (1 - weights.dot(with));
    EXPECT_NEAR(forecast.deviation(p), std::sqrt(variance),
                1e-6 * std::sqrt(process.variance()));
  }
}

TEST(GaussianProcess, FindsTheBowlAndTheSlopeOfItsMean) {
  const GaussianProcess process(Bowl(60, 0.001));
  const GpForecast forecast(process,
                            {{0, 3, 0}, {1.2, 3, 0}, {0, 3, std::log(9.0)}});
  EXPECT_NEAR(forecast.mean(0), 1, 0.003);
  EXPECT_NEAR(forecast.mean(1) - forecast.mean(0), 0.03 * 1.44, 0.005);
  EXPECT_NEAR(forecast.mean(2) - forecast.mean(0), -0.1 * std::log(9.0), 0.005);
  EXPECT_LT(forecast.deviation(0), 0.003);
}

// What is added lowers deviations as a row would, in whichever order.
TEST(GpForecast, WhatIsAddedIsKnownAsWellAsARow) {
  const GaussianProcess process(Bowl(9, 0.003));
  const std::vector<GpPlace> places = {
      {1.4, 4, 0}, {-1.4, 1.5, 0}, {0, 2.7, 0}, {1.3, 3.9, 0.2}};
  GpForecast forecast(process, places), reverse(process, places);
  const double before = forecast.deviation(3);
  const double mean = forecast.mean(3);
  const double alone = forecast.deviation(0);
  forecast.Add(0, 1);
  // Of one normal figure with noise: 1 / (1 / a + 1 / b).
  const double noise = process.noise_variance();
  EXPECT_NEAR(std::pow(forecast.deviation(0), 2),
              1 / (1 / (alone * alone) + 1 / noise), 1e-12);
  EXPECT_LT(forecast.deviation(3), before);
  EXPECT_EQ(forecast.mean(3), mean);
  forecast.Add(1, 2);
  reverse.Add(1, 2);
  reverse.Add(0, 1);
  for (size_t i = 0; i < places.size(); ++i) {
    EXPECT_NEAR(forecast.deviation(i), reverse.deviation(i), 1e-12);
  }
}

TEST(GaussianProcess, TwoRowsAtOneComputeAreEnough) {
  const std::vector<GpRow> rows = {{{0, 3, 0}, 1.1}, {{1, 3, 0}, 1.2}};
  ASSERT_EQ(GaussianProcess::MinRows(rows), 2u);
  const GaussianProcess process(rows);
  const GpForecast forecast(process, {{0, 3, 0}, {0.5, 3, 0}, {50, 90, 0}});
  EXPECT_NEAR(forecast.mean(0), 1.1, 0.02);
  EXPECT_GT(forecast.mean(1), 1.1);
  EXPECT_GT(forecast.deviation(2), forecast.deviation(0));
  EXPECT_TRUE(std::isfinite(forecast.deviation(2)));
}

// Values by 60 digits of mpmath.
TEST(LogExpectedImprovement, IsRightFarIntoTheTail) {
  EXPECT_NEAR(LogExpectedImprovement(1, 1, 0), -2.485121025712641, 1e-8);
  EXPECT_NEAR(LogExpectedImprovement(5, 1, 0), -16.74430116266099, 1e-8);
  EXPECT_NEAR(LogExpectedImprovement(10, 1, 0), -55.55312203612236, 1e-8);
  EXPECT_NEAR(LogExpectedImprovement(24.9, 1, 0), -317.3584857426674, 1e-8);
  EXPECT_NEAR(LogExpectedImprovement(25.1, 1, 0), -322.374409872464, 1e-8);
  EXPECT_NEAR(LogExpectedImprovement(40, 1, 0), -808.29856835662, 1e-8);
  EXPECT_NEAR(LogExpectedImprovement(200, 1, 0), -20011.51564825974, 1e-8);
  // In units of the deviation.
  EXPECT_NEAR(LogExpectedImprovement(3.5, 0.1, 3),
              LogExpectedImprovement(5, 1, 0) + std::log(0.1), 1e-9);
  // A sure improvement, and none.
  EXPECT_DOUBLE_EQ(LogExpectedImprovement(1, 0, 1.5), std::log(0.5));
  EXPECT_EQ(LogExpectedImprovement(2, 0, 1.5),
            -std::numeric_limits<double>::infinity());
}

}  // namespace
}  // namespace isoshape
