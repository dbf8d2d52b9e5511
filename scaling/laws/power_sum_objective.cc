#include "scaling/laws/power_sum_objective.h"

#include <cmath>

namespace isoshape {

ScaledRows::ScaledRows(const PowerSumData& data, std::optional<double> fixed_e)
    : fixed_e_(fixed_e) {
  std::vector<size_t> kept;
  for (size_t i = 0; i < data.rows(); ++i) {
    if (data.weights.empty() || data.weights[i] > 0) kept.push_back(i);
  }
  const auto rows = static_cast<Eigen::Index>(kept.size());
  const auto terms = static_cast<Eigen::Index>(data.terms());
  u_.resize(rows, terms);
  ln_loss_.resize(rows);
  weights_.resize(rows);
  powers_.resize(rows, terms);
  sum_.resize(rows);
  residual_.resize(rows);
  for (Eigen::Index i = 0; i < rows; ++i) {
    ln_loss_[i] = data.ln_loss[kept[i]];
    weights_[i] = data.weights.empty() ? 1 : data.weights[kept[i]];
  }
  for (Eigen::Index k = 0; k < terms; ++k) {
    for (Eigen::Index i = 0; i < rows; ++i) u_(i, k) = data.ln_x[k][kept[i]];
    const double mean = (weights_ * u_.col(k)).sum() / weights_.sum();
    u_.col(k) -= mean;
    const double deviation =
        std::sqrt((weights_ * u_.col(k).square()).sum() / weights_.sum());
    // An x that does not vary stays as it is: its parameters are not found.
    mean_.push_back(mean);
    deviation_.push_back(deviation > 0 ? deviation : 1);
    u_.col(k) /= deviation_.back();
  }
}

Eigen::VectorXd ScaledRows::ToTheta(const PowerSum& law) const {
  Eigen::VectorXd theta(parameters());
  const Eigen::Index terms = this->terms();
  for (Eigen::Index k = 0; k < terms; ++k) {
    theta[k] = law.ln_a[k] - law.alpha[k] * mean_[k];
    theta[terms + k] = law.alpha[k] * deviation_[k];
  }
  if (!fixed_e_) theta[2 * terms] = std::log(law.e);
  return theta;
}

PowerSum ScaledRows::ToLaw(const Eigen::VectorXd& theta) const {
  PowerSum law;
  const Eigen::Index terms = this->terms();
  for (Eigen::Index k = 0; k < terms; ++k) {
    law.alpha.push_back(theta[terms + k] / deviation_[k]);
    law.ln_a.push_back(theta[k] + law.alpha[k] * mean_[k]);
  }
  law.e = fixed_e_ ? *fixed_e_ : std::exp(theta[2 * terms]);
  return law;
}

double ScaledRows::Objective(const double* theta, double delta,
                             double* gradient) const {
  const Eigen::Index terms = this->terms();
  const double e = fixed_e_ ? *fixed_e_ : std::exp(theta[2 * terms]);
  sum_.setConstant(e);
  for (Eigen::Index k = 0; k < terms; ++k) {
    powers_.col(k) = (theta[k] - theta[terms + k] * u_.col(k)).exp();
    sum_ += powers_.col(k);
  }
  residual_ = sum_.log() - ln_loss_;
  // With c = clamp(r, -delta, delta), Huber(r) = c (r - c / 2).
  double objective = 0;
  const auto rows = residual_.size();
  for (Eigen::Index i = 0; i < rows; ++i) {
    const double r = residual_[i];
    const double c = r > delta ? delta : (r < -delta ? -delta : r);
    objective += weights_[i] * c * (r - 0.5 * c);
    residual_[i] = weights_[i] * c / sum_[i];
  }
  if (gradient == nullptr) return objective;
  for (Eigen::Index k = 0; k < terms; ++k) {
    double by_ln_a = 0;
    double by_alpha = 0;
    for (Eigen::Index i = 0; i < rows; ++i) {
      const double share = residual_[i] * powers_(i, k);
      by_ln_a += share;
      by_alpha -= share * u_(i, k);
    }
    gradient[k] = by_ln_a;
    gradient[terms + k] = by_alpha;
  }
  if (!fixed_e_) gradient[2 * terms] = e * residual_.sum();
  return objective;
}

Eigen::MatrixXd ScaledRows::Curvature(const Eigen::VectorXd& theta,
                                      double delta) const {
  const Eigen::Index terms = this->terms();
  const double e = fixed_e_ ? *fixed_e_ : std::exp(theta[2 * terms]);
  Eigen::MatrixXd curvature = Eigen::MatrixXd::Zero(parameters(), parameters());
  Eigen::VectorXd jacobian(parameters());
  Eigen::VectorXd powers(terms);
  for (int i = 0; i < rows(); ++i) {
    for (Eigen::Index k = 0; k < terms; ++k) {
      powers[k] = std::exp(theta[k] - theta[terms + k] * u_(i, k));
    }
    const double sum = e + powers.sum();
    for (Eigen::Index k = 0; k < terms; ++k) {
      jacobian[k] = powers[k] / sum;
      jacobian[terms + k] = -powers[k] / sum * u_(i, k);
    }
    if (!fixed_e_) jacobian[2 * terms] = e / sum;
    const double residual = std::abs(std::log(sum) - ln_loss_[i]);
    const double weight =
        weights_[i] * (residual > delta ? delta / residual : 1);
    curvature += weight * jacobian * jacobian.transpose();
  }
  return curvature;
}

}  // namespace isoshape
