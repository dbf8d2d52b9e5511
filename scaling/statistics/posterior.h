#ifndef ISOSHAPE_SCALING_STATISTICS_POSTERIOR_H_
#define ISOSHAPE_SCALING_STATISTICS_POSTERIOR_H_

#include <Eigen/Dense>
#include <functional>

namespace isoshape {

// What runs and priors together say of parameters, taken as normal about the
// fit: covariance S = (J'WJ + P)^-1 of runs with Jacobian J and weights W, and
// the precision P of the priors.
struct Posterior {
  Eigen::MatrixXd covariance;
  Eigen::MatrixXd prior_precision;

  // Standard deviation of a figure with that gradient.
  double Deviation(const Eigen::VectorXd& gradient) const;
  // The share of the figure's variance that comes from the priors and not from
  // the runs, 0 to 1: at 1 the figure is what the priors say. S = S J'WJ S + S
  // P S, the first part from the runs, the second from the priors.
  double PriorShare(const Eigen::VectorXd& gradient) const;
  // Gradient of a figure at `parameters` by central differences along the
  // axes of the covariance: these are as long as the figure is to be linear.
  Eigen::VectorXd Gradient(
      const Eigen::VectorXd& parameters,
      const std::function<double(const Eigen::VectorXd&)>& figure) const;
};

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_STATISTICS_POSTERIOR_H_
