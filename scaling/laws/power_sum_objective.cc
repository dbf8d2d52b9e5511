#include "scaling/laws/power_sum_objective.h"

#include <cmath>

namespace isoshape {

ScaledRows::ScaledRows(const PowerSumData& data, std::optional<double> fixed_e,
                       bool tied, bool free_gamma)
    : fixed_e_(fixed_e), tied_(tied), free_gamma_(free_gamma) {
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
  shares_.resize(rows, terms);
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
  double tied_alpha = 0;
  for (const double alpha : law.alpha) {
    tied_alpha += alpha / static_cast<double>(terms);
  }
  for (Eigen::Index k = 0; k < terms; ++k) {
    // The part at the centre stays if exponents become equal.
    theta[k] = law.ln_a[k] - law.alpha[k] * mean_[k];
    if (!tied_) theta[terms + k] = law.alpha[k] * deviation_[k];
  }
  if (tied_) theta[terms] = tied_alpha * deviation_[0];
  if (free_gamma_) theta[GammaPlace()] = std::log(law.gamma);
  if (!fixed_e_) theta[parameters() - 1] = std::log(law.e);
  return theta;
}

bool ScaledRows::GammaHeld(const double* theta) const {
  if (!free_gamma_) return false;
  const double ln_gamma = theta[GammaPlace()];
  return ln_gamma <= std::log(kMinGamma) || ln_gamma >= std::log(kMaxGamma);
}

double ScaledRows::GammaAt(const double* theta) const {
  const double ln_gamma = theta[GammaPlace()];
  if (!GammaHeld(theta)) return std::exp(ln_gamma);
  return ln_gamma < 0 ? kMinGamma : kMaxGamma;
}

Eigen::MatrixXd ScaledRows::LawByTheta() const {
  const Eigen::Index terms = this->terms();
  Eigen::MatrixXd map = Eigen::MatrixXd::Zero(2 * terms + 1, parameters());
  for (Eigen::Index k = 0; k < terms; ++k) {
    const double by_theta = AlphaScale(k) / deviation_[k];
    map(k, k) = 1;
    map(k, AlphaPlace(k)) = by_theta * mean_[k];
    map(terms + 1 + k, AlphaPlace(k)) = by_theta;
  }
  if (!fixed_e_) map(terms, parameters() - 1) = 1;
  return map;
}

PowerSum ScaledRows::ToLaw(const Eigen::VectorXd& theta) const {
  PowerSum law;
  const Eigen::Index terms = this->terms();
  for (Eigen::Index k = 0; k < terms; ++k) {
    law.alpha.push_back(AlphaScale(k) * theta[AlphaPlace(k)] / deviation_[k]);
    law.ln_a.push_back(theta[k] + law.alpha[k] * mean_[k]);
  }
  if (free_gamma_) law.gamma = GammaAt(theta.data());
  law.e = fixed_e_ ? *fixed_e_ : std::exp(theta[parameters() - 1]);
  return law;
}

double ScaledRows::Evaluate(const double* theta) const {
  const double e = fixed_e_ ? *fixed_e_ : std::exp(theta[parameters() - 1]);
  if (free_gamma_) {
    RaisePowers(theta, e);
  } else {
    sum_.setConstant(e);
    for (Eigen::Index k = 0; k < terms(); ++k) {
      const double alpha = AlphaScale(k) * theta[AlphaPlace(k)];
      powers_.col(k) = (theta[k] - alpha * u_.col(k)).exp();
      sum_ += powers_.col(k);
    }
  }
  residual_ = sum_.log() - ln_loss_;
  return e;
}

// With S = sum of the powers P_k, d S^gamma / d ln A_k = gamma S^gamma P_k / S.
// The exponents grow as 1 / gamma, so that a row's powers may all be 0, or
// infinite, in doubles: sums are taken about the largest, as in LogLoss.
void ScaledRows::RaisePowers(const double* theta, double e) const {
  for (Eigen::Index k = 0; k < terms(); ++k) {
    const double alpha = AlphaScale(k) * theta[AlphaPlace(k)];
    shares_.col(k) = theta[k] - alpha * u_.col(k);
  }
  const Eigen::ArrayXd largest = shares_.rowwise().maxCoeff();
  shares_ = (shares_.colwise() - largest).exp();
  const Eigen::ArrayXd parts = shares_.rowwise().sum();
  shares_.colwise() /= parts;
  ln_sum_ = largest + parts.log();
  const double gamma = GammaAt(theta);
  const Eigen::ArrayXd raised = (gamma * ln_sum_).exp();
  powers_ = shares_.colwise() * (gamma * raised);
  by_gamma_ = gamma * raised * ln_sum_;
  if (GammaHeld(theta)) by_gamma_.setZero();
  sum_ = e + raised;
}

double ScaledRows::Objective(const double* theta, double delta,
                             double* gradient) const {
  const Eigen::Index terms = this->terms();
  const double e = Evaluate(theta);
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
    double& slot = gradient[AlphaPlace(k)];
    slot = tied_ && k > 0 ? slot + AlphaScale(k) * by_alpha : by_alpha;
  }
  if (free_gamma_) gradient[GammaPlace()] = (residual_ * by_gamma_).sum();
  if (!fixed_e_) gradient[parameters() - 1] = e * residual_.sum();
  return objective;
}

Eigen::MatrixXd ScaledRows::Curvature(const Eigen::VectorXd& theta,
                                      double delta) const {
  const Eigen::Index terms = this->terms();
  const double e = fixed_e_ ? *fixed_e_ : std::exp(theta[parameters() - 1]);
  if (free_gamma_) Evaluate(theta.data());
  Eigen::MatrixXd curvature = Eigen::MatrixXd::Zero(parameters(), parameters());
  Eigen::VectorXd jacobian(parameters());
  Eigen::VectorXd powers(terms);
  for (int i = 0; i < rows(); ++i) {
    jacobian.setZero();
    double sum = 0;
    if (free_gamma_) {
      powers = powers_.row(i);
      sum = sum_[i];
      jacobian[GammaPlace()] = by_gamma_[i] / sum;
    } else {
      for (Eigen::Index k = 0; k < terms; ++k) {
        powers[k] = std::exp(theta[k] -
                             AlphaScale(k) * theta[AlphaPlace(k)] * u_(i, k));
      }
      sum = e + powers.sum();
    }
    for (Eigen::Index k = 0; k < terms; ++k) {
      jacobian[k] = powers[k] / sum;
      jacobian[AlphaPlace(k)] -= AlphaScale(k) * powers[k] / sum * u_(i, k);
    }
    if (!fixed_e_) jacobian[parameters() - 1] = e / sum;
    const double residual = std::abs(std::log(sum) - ln_loss_[i]);
    const double weight =
        weights_[i] * (residual > delta ? delta / residual : 1);
    curvature += weight * jacobian * jacobian.transpose();
  }
  return curvature;
}

// With r = ln S - ln loss: r'' = S'' / S - J J'.
LocalModel ScaledRows::Expand(const Eigen::VectorXd& theta,
                              double delta) const {
  const double e = Evaluate(theta.data());
  const Eigen::Index last = parameters() - 1;
  Eigen::ArrayXXd jacobian = Eigen::ArrayXXd::Zero(rows(), parameters());
  for (Eigen::Index k = 0; k < terms(); ++k) {
    jacobian.col(k) = powers_.col(k) / sum_;
    jacobian.col(AlphaPlace(k)) -= AlphaScale(k) * jacobian.col(k) * u_.col(k);
  }
  if (free_gamma_) jacobian.col(GammaPlace()) = by_gamma_ / sum_;
  if (!fixed_e_) jacobian.col(last) = e / sum_;
  // With c = clamp(r, -delta, delta), Huber(r) = c (r - c / 2).
  const Eigen::ArrayXd clamped = residual_.max(-delta).min(delta);
  const Eigen::ArrayXd score = weights_ * clamped;
  const Eigen::ArrayXd slope =
      weights_ * (residual_.abs() <= delta).cast<double>() - score;
  LocalModel model;
  model.objective = (score * (residual_ - 0.5 * clamped)).sum();
  model.gradient = jacobian.matrix().transpose() * score.matrix();
  const Eigen::MatrixXd weighed = (jacobian.colwise() * slope).matrix();
  model.hessian = weighed.transpose() * jacobian.matrix();
  for (Eigen::Index k = 0; k < terms(); ++k) {
    const Eigen::Index place = AlphaPlace(k);
    const double scale = AlphaScale(k);
    const Eigen::ArrayXd share = score * jacobian.col(k);
    const double moment = scale * (share * u_.col(k)).sum();
    model.hessian(k, k) += share.sum();
    model.hessian(k, place) -= moment;
    model.hessian(place, k) -= moment;
    model.hessian(place, place) +=
        scale * scale * (share * u_.col(k).square()).sum();
  }
  if (free_gamma_) AddGammaCurvature(theta, jacobian, score, model);
  if (!fixed_e_) {
    model.hessian(last, last) += (score * jacobian.col(last)).sum();
  }
  return model;
}

// With G = S^gamma and J the derivatives of ln loss: those of ln G by ln A_k
// and alpha_k are (loss / G) J, gamma times those of ln S, and that by ln gamma
// is ln G. They are taken from S, since G may be nothing beside E.
void ScaledRows::AddGammaCurvature(const Eigen::VectorXd& theta,
                                   const Eigen::ArrayXXd& jacobian,
                                   const Eigen::ArrayXd& score,
                                   LocalModel& model) const {
  const Eigen::Index place = GammaPlace();
  const double gamma = GammaAt(theta.data());
  const Eigen::MatrixXd parts = jacobian.leftCols(place).matrix();
  Eigen::ArrayXXd of_ln_sum = Eigen::ArrayXXd::Zero(rows(), place);
  for (Eigen::Index k = 0; k < terms(); ++k) {
    of_ln_sum.col(k) += shares_.col(k);
    of_ln_sum.col(AlphaPlace(k)) -= AlphaScale(k) * shares_.col(k) * u_.col(k);
  }
  model.hessian.topLeftCorner(place, place) += (gamma - 1) * parts.transpose() *
                                               score.matrix().asDiagonal() *
                                               of_ln_sum.matrix();
  if (GammaHeld(theta.data())) return;
  const Eigen::ArrayXd by_gamma = score * (gamma * ln_sum_ + 1);
  const Eigen::VectorXd cross = parts.transpose() * by_gamma.matrix();
  model.hessian.col(place).head(place) += cross;
  model.hessian.row(place).head(place) += cross.transpose();
  model.hessian(place, place) += (by_gamma * jacobian.col(place)).sum();
}

}  // namespace isoshape
