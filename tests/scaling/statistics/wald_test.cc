#include "scaling/statistics/wald.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace isoshape {
namespace {

TEST(WaldTest, TailsOfChiSquaredAreThoseOfTables) {
  EXPECT_NEAR(ChiSquaredTail(3.841459, 1), 0.05, 1e-7);
  EXPECT_NEAR(ChiSquaredTail(5.991465, 2), 0.05, 1e-7);
  EXPECT_NEAR(ChiSquaredTail(7.814728, 3), 0.05, 1e-7);
  EXPECT_NEAR(ChiSquaredTail(9.487729, 4), 0.05, 1e-7);
  EXPECT_NEAR(ChiSquaredTail(11.070498, 5), 0.05, 1e-7);
  EXPECT_NEAR(ChiSquaredTail(18.307038, 10), 0.05, 1e-7);
  EXPECT_EQ(ChiSquaredTail(0, 3), 1);
}

TEST(WaldTest, TwoGroupsOfOneFigureAreTheSquareOfTheirDifference) {
  const auto scalar = [](double x) { return Eigen::VectorXd::Constant(1, x); };
  const auto variance = [](double x) {
    return Eigen::MatrixXd::Constant(1, 1, x);
  };
  const WaldTest test =
      TestEqual({scalar(1), scalar(1.5)}, {variance(0.01), variance(0.03)});
  EXPECT_EQ(test.degrees_of_freedom, 1);
  EXPECT_NEAR(test.chi_squared, 0.25 / 0.04, 1e-12);
  EXPECT_NEAR(test.p_value, std::erfc(2.5 / std::sqrt(2)), 1e-12);
  const WaldTest zero = TestZero(scalar(0.5), variance(0.04));
  EXPECT_NEAR(zero.chi_squared, test.chi_squared, 1e-12);
  EXPECT_TRUE(std::isnan(TestZero(scalar(1), variance(0)).p_value));
}

// Three groups of two correlated figures: 5 % at the 5 % level.
TEST(WaldTest, RejectsAtItsNominalRate) {
  std::mt19937_64 engine(4);
  std::normal_distribution<double> normal;
  Eigen::MatrixXd root(2, 2);
  root << 1, 0, 0.8, 0.6;
  int rejected = 0;
  constexpr int kTables = 4000;
  for (int i = 0; i < kTables; ++i) {
    std::vector<Eigen::VectorXd> x;
    std::vector<Eigen::MatrixXd> covariances;
    for (int j = 1; j <= 3; ++j) {
      const Eigen::Vector2d z(normal(engine), normal(engine));
      x.emplace_back(Eigen::VectorXd(j * root * z));
      covariances.emplace_back(j * j * root * root.transpose());
    }
    const WaldTest test = TestEqual(x, covariances);
    EXPECT_EQ(test.degrees_of_freedom, 4);
    rejected += test.p_value < 0.05 ? 1 : 0;
  }
  EXPECT_NEAR(rejected / static_cast<double>(kTables), 0.05, 0.011);
}

TEST(WaldTest, CovarianceLeavesOutWhatFailed) {
  const Eigen::MatrixXd covariance =
      CovarianceOf({{1, 2, NAN, 3}, {2, 4, 7, 6}});
  EXPECT_NEAR(covariance(0, 0), 1, 1e-12);
  EXPECT_NEAR(covariance(0, 1), 2, 1e-12);
  EXPECT_NEAR(covariance(1, 1), 4, 1e-12);
}

}  // namespace
}  // namespace isoshape
