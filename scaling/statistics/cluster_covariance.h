#ifndef ISOSHAPE_SCALING_STATISTICS_CLUSTER_COVARIANCE_H_
#define ISOSHAPE_SCALING_STATISTICS_CLUSTER_COVARIANCE_H_

#include <Eigen/Core>
#include <vector>

namespace isoshape {

// Covariance of the coefficients of a weighted regression if the residuals of
// one cluster are correlated (CR1; MacKinnon and White 1985). `design` has a
// row for each observation, `scores` are weight times residual, `inverse` is
// that of X'WX, `clusters` counts from 0 without a gap, and names two or more.
// Student's t of it has one degree of freedom less than there are clusters.
Eigen::MatrixXd ClusterCovariance(const Eigen::MatrixXd& design,
                                  const Eigen::VectorXd& scores,
                                  const Eigen::MatrixXd& inverse,
                                  const std::vector<int>& clusters);

// How many clusters there are.
int CountClusters(const std::vector<int>& clusters);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_STATISTICS_CLUSTER_COVARIANCE_H_
