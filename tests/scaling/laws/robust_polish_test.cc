#include "scaling/laws/robust_polish.h"

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <cmath>
#include <cstddef>
#include <optional>
#include <vector>

#include "scaling/laws/power_sum_fit.h"
#include "scaling/laws/power_sum_objective.h"
#include "scaling/laws/ratio_law.h"
#include "scaling/laws/ratio_law_rows.h"
#include "tests/scaling/laws/grid_of_runs.h"

namespace isoshape {
namespace {

PowerSum Chinchilla() {
  return {.e = 1.69,
          .ln_a = {std::log(406.4), std::log(410.7)},
          .alpha = {0.34, 0.28}};
}

PowerSumData Grid(uint64_t seed) {
  return GridOfRuns(Chinchilla(), Steps(std::log(1e7), std::log(4), 5),
                    Steps(std::log(1e8), std::log(5), 5), 0.003, seed);
}

// The ratio law over sizes, tokens and ratios; losses have waves for noise.
RatioLawData Shapes(double best_ratio) {
  const RatioLaw law{.e = 1.7,
                     .ln_a = 6,
                     .ln_b = 6,
                     .alpha = 0.34,
                     .beta = 0.3,
                     .g = 20,
                     .c0 = std::log(best_ratio)};
  RatioLawData data;
  int run = 0;
  for (const double n : {16.0, 17.0, 18.0, 19.5}) {
    for (const double d : {18.0, 20.0, 22.0}) {
      for (const double ratio : {8.0, 20.0, 50.0, 120.0}) {
        data.ln_size.push_back(n);
        data.ln_tokens.push_back(d + 0.1 * n);
        data.ln_ratio.push_back(std::log(ratio));
        data.ln_loss.push_back(law.LogLoss(n, d + 0.1 * n, std::log(ratio)) +
                               0.002 * std::sin(12.9898 * ++run));
      }
    }
  }
  return data;
}

void Repeat(size_t times, std::vector<double>& column) {
  const std::vector<double> once = column;
  for (size_t i = 1; i < times; ++i) {
    column.insert(column.end(), once.begin(), once.end());
  }
}

// Holds the model against the objective and differences of its gradient.
void ExpectExpands(const RobustRows& rows, const Eigen::VectorXd& theta,
                   double delta) {
  const LocalModel model = rows.Expand(theta, delta);
  Eigen::VectorXd gradient(theta.size());
  const double objective = rows.Objective(theta.data(), delta, gradient.data());
  EXPECT_NEAR(model.objective, objective, 1e-12 * objective);
  EXPECT_LT((model.gradient - gradient).norm(), 1e-10 * gradient.norm());
  constexpr double kStep = 1e-6;
  for (Eigen::Index k = 0; k < theta.size(); ++k) {
    Eigen::VectorXd up = theta;
    Eigen::VectorXd down = theta;
    up[k] += kStep;
    down[k] -= kStep;
    Eigen::VectorXd above(theta.size());
    Eigen::VectorXd below(theta.size());
    rows.Objective(up.data(), delta, above.data());
    rows.Objective(down.data(), delta, below.data());
    const Eigen::VectorXd slope = (above - below) / (2 * kStep);
    EXPECT_LT((model.hessian.col(k) - slope).norm(),
              1e-5 * model.hessian.norm())
        << k;
  }
}

TEST(ExpandTest, OfASumOfPowersHoldsItsDerivatives) {
  PowerSumData data = Grid(3);
  for (size_t i = 0; i < data.rows(); ++i) {
    data.weights.push_back(static_cast<double>(i % 3));
  }
  for (const bool tied : {false, true}) {
    for (const auto fixed_e : {std::optional<double>(), {1.7}}) {
      const ScaledRows rows(data, fixed_e, tied);
      Eigen::VectorXd theta = rows.ToTheta(Chinchilla());
      theta.array() += 0.02;
      // All rows beyond delta, none, and some.
      for (const double delta : {1e-5, 10.0, 0.03}) {
        ExpectExpands(rows, theta, delta);
      }
    }
  }
}

TEST(ExpandTest, OfTheRatioLawHoldsItsDerivatives) {
  const RatioLawRows rows(Shapes(30), {});
  const RatioLaw law{.e = 1.6,
                     .ln_a = 6.1,
                     .ln_b = 5.9,
                     .alpha = 0.33,
                     .beta = 0.31,
                     .g = 25,
                     .c0 = 3,
                     .c1 = 0.01};
  for (const double delta : {1e-5, 10.0, 0.03}) {
    ExpectExpands(rows, rows.ToTheta(law), delta);
  }
}

TEST(ExpandTest, OfALawWithGammaHoldsItsDerivatives) {
  PowerSumData data = Grid(6);
  for (size_t i = 0; i < data.rows(); ++i) {
    data.weights.push_back(static_cast<double>(i % 3));
  }
  for (const auto fixed_e : {std::optional<double>(), {1.7}}) {
    const ScaledRows rows(data, fixed_e, false, true);
    for (const double gamma : {1.0, 0.4, 1.8, 0.06}) {
      PowerSum law = Chinchilla();
      law.gamma = gamma;
      for (double& ln_a : law.ln_a) ln_a /= gamma;
      for (double& alpha : law.alpha) alpha /= gamma;
      Eigen::VectorXd theta = rows.ToTheta(law);
      ASSERT_EQ(theta.size(), fixed_e ? 5 : 6);
      EXPECT_NEAR(rows.ToLaw(theta).gamma, gamma, 1e-12);
      theta.array() += 0.02;
      for (const double delta : {1e-5, 10.0, 0.03}) {
        ExpectExpands(rows, theta, delta);
      }
    }
  }
}

// Powers of exponents that grow as 1 / gamma are 0 or infinite in doubles where
// the loss is not, and where all are nothing beside E it has no slope but in E.
TEST(ExpandTest, OfALawWithGammaIsFiniteWherePowersAreNot) {
  const PowerSumData data = Grid(7);
  const ScaledRows rows(data, {}, false, true);
  const auto expect_finite = [&](const PowerSum& law) {
    const Eigen::VectorXd theta = rows.ToTheta(law);
    Eigen::VectorXd gradient(theta.size());
    EXPECT_TRUE(
        std::isfinite(rows.Objective(theta.data(), 1e-3, gradient.data())));
    EXPECT_TRUE(gradient.allFinite()) << gradient;
    EXPECT_TRUE(rows.Curvature(theta, 1e-3).allFinite());
    EXPECT_TRUE(rows.Expand(theta, 1e-3).hessian.allFinite());
    EXPECT_NEAR(rows.Objective(theta.data(), 1e-3, nullptr),
                TotalLoss(law, data, {.huber_delta = 1e-3}), 1e-9);
  };
  for (const double less : {0.0, 1e3, 1e5}) {
    PowerSum law = Chinchilla();
    law.gamma = 0.06;
    for (double& ln_a : law.ln_a) ln_a = ln_a / law.gamma - less;
    for (double& alpha : law.alpha) alpha /= law.gamma;
    expect_finite(law);
  }
  PowerSum nothing = Chinchilla();
  nothing.gamma = 0.5;
  nothing.ln_a = {-2000, -2000};
  expect_finite(nothing);
}

// More rows than kManyRows, but the same law: each run often.
TEST(NewtonTest, ManyRowsEndInTheOptimumOfTheFew) {
  for (const bool tied : {false, true}) {
    PowerSumData data = Grid(4);
    PowerSumOptions options;
    options.tie_exponents = tied;
    const auto few = FitPowerSum(data, options);
    ASSERT_TRUE(few.ok()) << few.status();
    const size_t times = 1 + kManyRows / data.rows();
    Repeat(times, data.ln_loss);
    for (std::vector<double>& x : data.ln_x) Repeat(times, x);
    const auto many = FitPowerSum(data, options);
    ASSERT_TRUE(many.ok()) << many.status();
    EXPECT_TRUE(many->converged) << many->problem;
    const auto count = static_cast<double>(times);
    EXPECT_NEAR(many->objective / few->objective / count, 1, 1e-9);
    EXPECT_NEAR(many->law.e, few->law.e, 1e-5);
    EXPECT_NEAR(many->law.alpha[0], few->law.alpha[0], 1e-5);
    EXPECT_NEAR(many->law.ln_a[1], few->law.ln_a[1], 1e-4);
  }
}

TEST(NewtonTest, AResampleOfManyRowsStartsAtTheFitOfAll) {
  PowerSumData data = Grid(5);
  const auto all = FitPowerSum(data, {});
  ASSERT_TRUE(all.ok());
  std::vector<double> weights;
  for (size_t i = 0; i < data.rows(); ++i) {
    weights.push_back(static_cast<double>(i * 7 % 3));
  }
  const ScaledRows rows(
      {.ln_x = data.ln_x, .ln_loss = data.ln_loss, .weights = weights}, {});
  const Eigen::VectorXd start = rows.ToTheta(all->law);
  const Polished newton = PolishByNewton(rows, 1e-3, start);
  const Polished bfgs = Polish(rows, 1e-3, start);
  ASSERT_TRUE(newton.converged() && bfgs.converged());
  EXPECT_NEAR(newton.objective / bfgs.objective, 1, 1e-9);
  EXPECT_LT((newton.theta - bfgs.theta).norm(), 1e-4);
}

// The best ratio of the losses is beyond where a best ratio may be: as far from
// the runs as they span. A resample of them stays at that bound.
TEST(NewtonTest, StaysAtBoundsAndGoesDownAlongThem) {
  const RatioLawData data = Shapes(2e6);
  const RatioLaw start{.e = 1.7,
                       .ln_a = 6,
                       .ln_b = 6,
                       .alpha = 0.34,
                       .beta = 0.3,
                       .g = 20,
                       .c0 = std::log(100)};
  constexpr double kDelta = 1e-2;
  const RatioLawRows all(data, {});
  const BoundedPolish from =
      all.PolishWithinBounds(kDelta, all.ToTheta(start), nullptr);
  std::vector<double> weights;
  for (size_t i = 0; i < data.rows(); ++i) {
    weights.push_back(static_cast<double>(1 + i * 7 % 3));
  }
  const RatioLawRows rows(data, weights);
  const Eigen::VectorXd theta = rows.ToTheta(all.ToLaw(from.theta));
  const Polished newton = PolishByNewton(rows, kDelta, theta);
  ASSERT_TRUE(newton.converged());
  const BoundedPolish bounded = rows.PolishWithinBounds(kDelta, theta, nullptr);
  EXPECT_LE(newton.objective, bounded.objective * (1 + 1e-9));
  EXPECT_NEAR(newton.objective / bounded.objective, 1, 0.01);
  const Bounds bounds = rows.bounds();
  for (const int ratio : {6, 7}) {
    EXPECT_EQ(newton.theta[ratio], bounded.theta[ratio]);
    EXPECT_TRUE(newton.theta[ratio] == bounds.lower[ratio] ||
                newton.theta[ratio] == bounds.upper[ratio]);
  }
}

}  // namespace
}  // namespace isoshape
