#include "scaling/laws/power_sum_fit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <cmath>
#include <string>
#include <vector>

#include "scaling/laws/power_sum.h"
#include "scaling/laws/power_sum_objective.h"
#include "tests/scaling/laws/grid_of_runs.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;

PowerSum Chinchilla() {
  PowerSum law;
  law.e = 1.69;
  law.ln_a = {std::log(406.4), std::log(410.7)};
  law.alpha = {0.34, 0.28};
  return law;
}

// Runs at 5 sizes x 5 numbers of tokens; noise in ln loss.
PowerSumData MakeRuns(const PowerSum& law, double noise, uint64_t seed) {
  return GridOfRuns(law, Steps(std::log(1e7), std::log(4), 5),
                    Steps(std::log(1e8), std::log(5), 5), noise, seed);
}

void ExpectNear(const PowerSum& law, const PowerSum& truth, double tolerance) {
  EXPECT_NEAR(law.e, truth.e, tolerance);
  for (size_t k = 0; k < truth.terms(); ++k) {
    EXPECT_NEAR(law.alpha[k], truth.alpha[k], tolerance);
    EXPECT_NEAR(law.ln_a[k], truth.ln_a[k], 30 * tolerance);
  }
}

TEST(PowerSumTest, LogLossNeitherOverflowsNorUnderflows) {
  PowerSum law;
  law.ln_a = {800, 801};
  law.alpha = {0, 0};
  EXPECT_NEAR(law.LogLoss({1, 1}), 801 + std::log1p(std::exp(-1)), 1e-12);
  law.ln_a = {-800, -2000};
  EXPECT_NEAR(law.LogLoss({1, 1}), -800, 1e-12);
}

TEST(PowerSumTest, HuberIsQuadraticThenLinear) {
  const RobustLoss loss{.huber_delta = 0.5};
  EXPECT_DOUBLE_EQ(loss(0.2), 0.02);
  EXPECT_DOUBLE_EQ(loss(-2), 0.5 * 1.75);
  EXPECT_DOUBLE_EQ(RobustLoss{.least_absolute = true}(-2), 2);
}

TEST(PowerSumObjectiveTest, GradientIsTheSlopeOfTheObjective) {
  PowerSumData data = MakeRuns(Chinchilla(), 0.01, 3);
  for (size_t i = 0; i < data.rows(); ++i) data.weights.push_back(i % 3);
  for (const auto fixed_e : {std::optional<double>(), {1.7}}) {
    const ScaledRows rows(data, fixed_e);
    PowerSum law = Chinchilla();
    if (fixed_e) law.e = *fixed_e;
    Eigen::VectorXd theta = rows.ToTheta(law);
    theta.array() += 0.01;
    Eigen::VectorXd gradient(theta.size());
    rows.Objective(theta.data(), 1e-2, gradient.data());
    EXPECT_NEAR(rows.Objective(theta.data(), 1e-2, nullptr),
                TotalLoss(rows.ToLaw(theta), data, {.huber_delta = 1e-2}),
                1e-14);
    for (Eigen::Index k = 0; k < theta.size(); ++k) {
      Eigen::VectorXd up = theta;
      Eigen::VectorXd down = theta;
      up[k] += 1e-6;
      down[k] -= 1e-6;
      const double slope = (rows.Objective(up.data(), 1e-2, nullptr) -
                            rows.Objective(down.data(), 1e-2, nullptr)) /
                           2e-6;
      EXPECT_NEAR(gradient[k], slope, 1e-7);
    }
  }
}

TEST(PowerSumFitTest, RecoversTheLawAsNoiseGoesToZero) {
  for (const double noise : {1e-3, 1e-5, 1e-7, 0.0}) {
    SCOPED_TRACE(noise);
    const auto fit = FitPowerSum(MakeRuns(Chinchilla(), noise, 11), {});
    ASSERT_TRUE(fit.ok()) << fit.status();
    EXPECT_TRUE(fit->converged) << fit->problem;
    ExpectNear(fit->law, Chinchilla(), 100 * noise + 1e-6);
  }
}

TEST(PowerSumFitTest, RecoversOtherExponentsAndNumbersOfTerms) {
  for (const double alpha : {0.08, 0.25, 0.9}) {
    PowerSum law = Chinchilla();
    law.alpha[0] = alpha;
    law.ln_a[0] = std::log(2) + alpha * std::log(1e7);
    const auto fit = FitPowerSum(MakeRuns(law, 0, 1), {});
    ASSERT_TRUE(fit.ok()) << fit.status();
    EXPECT_TRUE(fit->converged) << alpha << " " << fit->problem;
    ExpectNear(fit->law, law, 1e-4);
  }
  PowerSum one;
  one.e = 0.5;
  one.ln_a = {2};
  one.alpha = {0.4};
  PowerSumData data;
  data.ln_x.resize(1);
  for (double ln_x = 0; ln_x < 6; ln_x += 0.5) {
    data.ln_x[0].push_back(ln_x);
    data.ln_loss.push_back(one.LogLoss({ln_x}));
  }
  const auto fit = FitPowerSum(data, {});
  ASSERT_TRUE(fit.ok()) << fit.status();
  ExpectNear(fit->law, one, 1e-5);
}

TEST(PowerSumFitTest, KnownEIsKept) {
  PowerSumOptions options;
  options.fixed_e = 1.69;
  const auto fit = FitPowerSum(MakeRuns(Chinchilla(), 1e-4, 2), options);
  ASSERT_TRUE(fit.ok()) << fit.status();
  EXPECT_TRUE(fit->converged) << fit->problem;
  EXPECT_EQ(fit->law.e, 1.69);
  ExpectNear(fit->law, Chinchilla(), 5e-3);
  options.fixed_e = 0;
  const auto none = FitPowerSum(MakeRuns(Chinchilla(), 1e-4, 2), options);
  ASSERT_TRUE(none.ok()) << none.status();
  EXPECT_EQ(none->law.e, 0);
  EXPECT_GT(none->objective, 2 * fit->objective);
}

TEST(PowerSumFitTest, AWeightCountsAsThatManyRows) {
  const PowerSumData data = MakeRuns(Chinchilla(), 0.01, 4);
  std::vector<double> weights(data.rows(), 1);
  weights[3] = 0;
  weights[7] = 3;
  PowerSumData repeated;
  repeated.ln_x.resize(2);
  for (size_t i = 0; i < data.rows(); ++i) {
    for (int n = 0; n < weights[i]; ++n) {
      repeated.ln_x[0].push_back(data.ln_x[0][i]);
      repeated.ln_x[1].push_back(data.ln_x[1][i]);
      repeated.ln_loss.push_back(data.ln_loss[i]);
    }
  }
  const auto whole = FitPowerSum(data, {});
  const auto expected = FitPowerSum(repeated, {});
  ASSERT_TRUE(whole.ok() && expected.ok());
  const PowerSumFit fit = PowerSumRefitter(data, {}, *whole).Fit(weights);
  EXPECT_TRUE(fit.converged) << fit.problem;
  EXPECT_NEAR(fit.objective / expected->objective, 1, 1e-9);
  ExpectNear(fit.law, expected->law, 1e-4);
}

// One row of a weight above all others is met to the last digit, which says
// nothing of the noise of the others.
TEST(PowerSumFitTest, AWeightDoesNotMakeNoisyRunsExact) {
  PowerSumData data = MakeRuns(Chinchilla(), 0.01, 4);
  data.weights.assign(data.rows(), 1);
  data.weights[5] = 1e12;
  const auto noisy = FitPowerSum(data, {});
  ASSERT_TRUE(noisy.ok()) << noisy.status();
  EXPECT_FALSE(noisy->exact);
  PowerSumData clean = MakeRuns(Chinchilla(), 0, 4);
  clean.weights.assign(clean.rows(), 1);
  clean.weights[5] = 100;
  const auto exact = FitPowerSum(clean, {});
  ASSERT_TRUE(exact.ok()) << exact.status();
  EXPECT_TRUE(exact->exact);
  EXPECT_TRUE(exact->converged) << exact->problem;
}

TEST(PowerSumFitTest, AnOutlierHasABoundedPull) {
  PowerSumData data = MakeRuns(Chinchilla(), 1e-4, 5);
  data.ln_loss[12] += 1;
  const auto fit = FitPowerSum(data, {});
  ASSERT_TRUE(fit.ok()) << fit.status();
  EXPECT_TRUE(fit->converged) << fit->problem;
  ExpectNear(fit->law, Chinchilla(), 0.02);
}

TEST(PowerSumFitTest, OneLineOfRunsIsIllConditioned) {
  PowerSumData data = MakeRuns(Chinchilla(), 0.01, 6);
  const auto spread = FitPowerSum(data, {});
  // A budget: N D constant, so that a large part of the law cannot be seen.
  PowerSumData line;
  line.ln_x.resize(2);
  for (int i = 0; i < 12; ++i) {
    line.ln_x[0].push_back(16 + 0.02 * i);
    line.ln_x[1].push_back(20 - 0.02 * i);
    line.ln_loss.push_back(
        Chinchilla().LogLoss({line.ln_x[0][i], line.ln_x[1][i]}));
  }
  const auto narrow = FitPowerSum(line, {});
  ASSERT_TRUE(spread.ok() && narrow.ok());
  EXPECT_LT(spread->condition, 1e3);
  EXPECT_GT(narrow->condition, 1e6);
}

TEST(PowerSumFitTest, AFitOfTooFewAgreeingStartsIsNotConverged) {
  PowerSumOptions options;
  options.agreeing_starts = 1000;
  options.max_starts = 1000;
  const auto fit = FitPowerSum(MakeRuns(Chinchilla(), 0.01, 7), options);
  ASSERT_TRUE(fit.ok()) << fit.status();
  EXPECT_FALSE(fit->converged);
  EXPECT_THAT(fit->problem, HasSubstr("1000 are wanted"));
}

TEST(PowerSumFitTest, BadInputIsRefused) {
  const auto code = [](const PowerSumData& data,
                       const PowerSumOptions& options = {}) {
    return FitPowerSum(data, options).status().code();
  };
  const PowerSumData good = MakeRuns(Chinchilla(), 0.01, 8);
  PowerSumData few;
  few.ln_x.resize(2);
  for (int i = 0; i < 4; ++i) {
    few.ln_x[0].push_back(i);
    few.ln_x[1].push_back(i * i);
    few.ln_loss.push_back(1 - 0.1 * i);
  }
  const auto status = FitPowerSum(few, {}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("4 different runs for 5 parameters; run at least 1"));
  PowerSumData equal = good;
  equal.ln_loss.assign(good.rows(), 1);
  EXPECT_EQ(code(equal), absl::StatusCode::kFailedPrecondition);
  PowerSumData one_size = good;
  one_size.ln_x[0].assign(good.rows(), 3);
  EXPECT_EQ(code(one_size), absl::StatusCode::kFailedPrecondition);
  PowerSumData nan = good;
  nan.ln_x[1][3] = std::nan("");
  EXPECT_EQ(code(nan), absl::StatusCode::kInvalidArgument);
  PowerSumData shorter = good;
  shorter.ln_x[1].pop_back();
  EXPECT_EQ(code(shorter), absl::StatusCode::kInvalidArgument);
  PowerSumOptions options;
  options.loss.huber_delta = 0;
  EXPECT_EQ(code(good, options), absl::StatusCode::kInvalidArgument);
  options = {};
  options.fixed_e = 100;
  EXPECT_EQ(code(good, options), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace isoshape
