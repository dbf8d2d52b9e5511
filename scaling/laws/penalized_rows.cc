#include "scaling/laws/penalized_rows.h"

#include <cmath>
#include <limits>
#include <utility>

namespace isoshape {
namespace {

// A delta beyond every residual: no residual counts for less.
constexpr double kNoDelta = 1e9;

}  // namespace

PenalizedRows::PenalizedRows(const RobustRows& rows,
                             Eigen::MatrixXd law_by_theta,
                             const LawPrior& prior, double noise,
                             Eigen::VectorXd shift)
    : rows_(rows),
      law_by_theta_(std::move(law_by_theta)),
      prior_(prior),
      noise_(noise),
      shift_(std::move(shift)) {}

bool PenalizedRows::PriorResiduals(const Eigen::VectorXd& theta, double delta,
                                   Eigen::VectorXd& residuals,
                                   Eigen::MatrixXd& jacobian) const {
  if (!prior_.Standardized(law_by_theta_ * theta, shift_, residuals,
                           &jacobian)) {
    return false;
  }
  const double unit = 1 / std::sqrt(LikelihoodScale(delta, noise_));
  residuals *= unit;
  jacobian = unit * jacobian * law_by_theta_;
  return true;
}

double PenalizedRows::Objective(const double* theta, double delta,
                                double* gradient) const {
  const Eigen::Map<const Eigen::VectorXd> at(theta, parameters());
  Eigen::VectorXd residuals;
  Eigen::MatrixXd jacobian;
  if (!PriorResiduals(at, delta, residuals, jacobian)) {
    return std::numeric_limits<double>::infinity();
  }
  const double objective = rows_.Objective(theta, delta, gradient);
  if (gradient != nullptr) {
    Eigen::Map<Eigen::VectorXd>(gradient, parameters()) +=
        jacobian.transpose() * residuals;
  }
  return objective + residuals.squaredNorm() / 2;
}

Eigen::MatrixXd PenalizedRows::Curvature(const Eigen::VectorXd& theta,
                                         double delta) const {
  Eigen::VectorXd residuals;
  Eigen::MatrixXd jacobian;
  Eigen::MatrixXd curvature = rows_.Curvature(theta, delta);
  if (PriorResiduals(theta, delta, residuals, jacobian)) {
    curvature += jacobian.transpose() * jacobian;
  }
  return curvature;
}

// The priors' residuals are nearly linear, so that their own second derivatives
// count for nothing.
LocalModel PenalizedRows::Expand(const Eigen::VectorXd& theta,
                                 double delta) const {
  Eigen::VectorXd residuals;
  Eigen::MatrixXd jacobian;
  if (!PriorResiduals(theta, delta, residuals, jacobian)) return {};
  LocalModel model = rows_.Expand(theta, delta);
  if (!std::isfinite(model.objective)) return model;
  model.objective += residuals.squaredNorm() / 2;
  model.gradient += jacobian.transpose() * residuals;
  model.hessian += jacobian.transpose() * jacobian;
  return model;
}

Posterior PenalizedRows::At(const Eigen::VectorXd& theta, double delta) const {
  Eigen::VectorXd residuals;
  Eigen::MatrixXd jacobian;
  const Eigen::VectorXd law = law_by_theta_ * theta;
  if (!prior_.Standardized(law, {}, residuals, &jacobian)) return {};
  const Eigen::MatrixXd by_theta = jacobian * law_by_theta_;
  const double runs =
      LikelihoodScale(delta, noise_) * MeanCurvature(delta, noise_);
  const Eigen::MatrixXd precision =
      runs * rows_.Curvature(theta, kNoDelta) + by_theta.transpose() * by_theta;
  // In units of the priors, in which no parameter is much better known than
  // another.
  const Eigen::VectorXd lengths = precision.diagonal().cwiseSqrt();
  const Eigen::MatrixXd scaled = lengths.cwiseInverse().asDiagonal() *
                                 precision *
                                 lengths.cwiseInverse().asDiagonal();
  const Eigen::MatrixXd inverse = lengths.cwiseInverse().asDiagonal() *
                                  scaled.ldlt().solve(Eigen::MatrixXd::Identity(
                                      precision.rows(), precision.cols())) *
                                  lengths.cwiseInverse().asDiagonal();
  return {.covariance = law_by_theta_ * inverse * law_by_theta_.transpose(),
          .prior_precision = jacobian.transpose() * jacobian};
}

}  // namespace isoshape
