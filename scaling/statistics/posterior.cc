#include "scaling/statistics/posterior.h"

#include <algorithm>
#include <cmath>

namespace isoshape {
namespace {

// Steps of differences, in standard deviations of an axis.
constexpr double kStep = 0.05;

}  // namespace

double Posterior::Deviation(const Eigen::VectorXd& gradient) const {
  return std::sqrt(std::max(0.0, gradient.dot(covariance * gradient)));
}

double Posterior::PriorShare(const Eigen::VectorXd& gradient) const {
  const Eigen::VectorXd moved = covariance * gradient;
  const double variance = gradient.dot(moved);
  if (!(variance > 0)) return 0;
  return std::clamp(moved.dot(prior_precision * moved) / variance, 0.0, 1.0);
}

Eigen::VectorXd Posterior::Gradient(
    const Eigen::VectorXd& parameters,
    const std::function<double(const Eigen::VectorXd&)>& figure) const {
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(covariance);
  Eigen::VectorXd gradient = Eigen::VectorXd::Zero(parameters.size());
  for (Eigen::Index k = 0; k < parameters.size(); ++k) {
    const double length = std::sqrt(std::max(0.0, solver.eigenvalues()[k]));
    if (!(length > 0)) continue;
    const Eigen::VectorXd axis = solver.eigenvectors().col(k);
    const Eigen::VectorXd step = kStep * length * axis;
    gradient += (figure(parameters + step) - figure(parameters - step)) /
                (2 * kStep * length) * axis;
  }
  return gradient;
}

}  // namespace isoshape
