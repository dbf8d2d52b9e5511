#include "scaling/statistics/cluster_covariance.h"

#include <gtest/gtest.h>

namespace isoshape {
namespace {

// y = 0, 3, 0 at x = -1, 0, 1 has the mean 1, the slope 0 and the residuals -1,
// 2, -1; X'X is diagonal, 3 and 2.
struct Regression {
  Eigen::MatrixXd design =
      (Eigen::MatrixXd(3, 2) << 1, -1, 1, 0, 1, 1).finished();
  Eigen::VectorXd residuals = Eigen::Vector3d(-1, 2, -1);
  Eigen::MatrixXd inverse = Eigen::Vector2d(1 / 3.0, 1 / 2.0).asDiagonal();
};

// With a row in each cluster it is HC1, n / (n - k) times White's: by hand
// X' diag(r^2) X is diagonal, 6 and 2, and 3 / (3 - 2) (6 / 9, 2 / 4) = 2, 1.5.
TEST(ClusterCovarianceTest, OneRowAClusterIsHc1) {
  const Regression fit;
  const Eigen::MatrixXd covariance =
      ClusterCovariance(fit.design, fit.residuals, fit.inverse, {0, 1, 2});
  EXPECT_NEAR(covariance(0, 0), 2, 1e-12);
  EXPECT_NEAR(covariance(0, 1), 0, 1e-12);
  EXPECT_NEAR(covariance(1, 0), 0, 1e-12);
  EXPECT_NEAR(covariance(1, 1), 1.5, 1e-12);
}

// The scores of rows 0 and 1 add up to (1, 1), that of row 2 is (-1, -1), and
// the correction is 2 / 1 (3 - 1) / (3 - 2).
TEST(ClusterCovarianceTest, RowsOfAClusterShareTheirError) {
  const Regression fit;
  const Eigen::MatrixXd covariance =
      ClusterCovariance(fit.design, fit.residuals, fit.inverse, {0, 0, 1});
  EXPECT_NEAR(covariance(0, 0), 4 * 2 / 9.0, 1e-12);
  EXPECT_NEAR(covariance(0, 1), 4 * 2 / 6.0, 1e-12);
  EXPECT_NEAR(covariance(1, 1), 4 * 2 / 4.0, 1e-12);
}

TEST(ClusterCovarianceTest, CountsClusters) {
  EXPECT_EQ(CountClusters({}), 0);
  EXPECT_EQ(CountClusters({0, 1, 0, 2, 1}), 3);
}

}  // namespace
}  // namespace isoshape
