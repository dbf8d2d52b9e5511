#include "scaling/statistics/cluster_covariance.h"

#include <algorithm>
#include <cstddef>

namespace isoshape {

int CountClusters(const std::vector<int>& clusters) {
  return clusters.empty()
             ? 0
             : *std::max_element(clusters.begin(), clusters.end()) + 1;
}

Eigen::MatrixXd ClusterCovariance(const Eigen::MatrixXd& design,
                                  const Eigen::VectorXd& scores,
                                  const Eigen::MatrixXd& inverse,
                                  const std::vector<int>& clusters) {
  const int groups = CountClusters(clusters);
  Eigen::MatrixXd sums = Eigen::MatrixXd::Zero(groups, design.cols());
  for (Eigen::Index i = 0; i < design.rows(); ++i) {
    sums.row(clusters[static_cast<size_t>(i)]) += scores[i] * design.row(i);
  }
  const auto rows = static_cast<double>(design.rows());
  const auto columns = static_cast<double>(design.cols());
  const double correction =
      groups / (groups - 1.0) * (rows - 1) / std::max(1.0, rows - columns);
  return correction * (inverse * sums.transpose() * sums * inverse);
}

}  // namespace isoshape
