#include "scaling/laws/ratio_law_rows.h"

#include <ceres/ceres.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "common/threads/cancellation.h"
#include "scaling/laws/ceres_log.h"

namespace isoshape {
namespace {

// Beyond these a term is without effect on any loss, or the same for all.
constexpr double kMinLnE = -12;
constexpr double kMinLnB = -20;
constexpr double kMaxExponent = 5;
// Above 0: the solver may stop at this bound, and a law needs exponents above
// 0.
constexpr double kMinExponent = 1e-3;
// Sizes that differ by less, in ln N, are one.
constexpr double kMinSpan = 1e-6;

// One row, at theta.
struct Residual {
  double n, d, rho, ln_loss;
  double at_largest;  // 0 at the smallest size of the rows, 1 at the largest

  template <typename T>
  bool operator()(const T* theta, T* residual) const {
    const T departure =
        rho - theta[6] * (1 - at_largest) - theta[7] * at_largest;
    const T loss = ceres::exp(theta[2]) +
                   ceres::exp(theta[0] - theta[3] * n) *
                       (1.0 + theta[5] * departure * departure) +
                   ceres::exp(theta[1] - theta[4] * d);
    if (!(loss > 1e-12)) return false;
    residual[0] = ceres::log(loss) - ln_loss;
    return true;
  }
};

// The priors of a law as residuals of their own.
class PriorCost : public ceres::CostFunction {
 public:
  PriorCost(const PenalizedRows& rows, double delta, int priors)
      : rows_(rows), delta_(delta) {
    set_num_residuals(priors);
    mutable_parameter_block_sizes()->push_back(RatioLaw::kParameters);
  }
  bool Evaluate(const double* const* parameters, double* residuals,
                double** jacobians) const override {
    const Eigen::Map<const Eigen::VectorXd> theta(parameters[0],
                                                  RatioLaw::kParameters);
    Eigen::VectorXd values;
    Eigen::MatrixXd jacobian;
    if (!rows_.PriorResiduals(theta, delta_, values, jacobian)) return false;
    Eigen::Map<Eigen::VectorXd>(residuals, num_residuals()) = values;
    if (jacobians != nullptr && jacobians[0] != nullptr) {
      Eigen::Map<Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic,
                               Eigen::RowMajor>>(
          jacobians[0], num_residuals(), RatioLaw::kParameters) = jacobian;
    }
    return true;
  }

 private:
  const PenalizedRows& rows_;
  double delta_;
};

}  // namespace

RatioLawRows::RatioLawRows(const RatioLawData& data,
                           const std::vector<double>& weights) {
  std::vector<double> given = weights.empty() ? data.weights : weights;
  for (size_t i = 0; !weights.empty() && i < data.weights.size(); ++i) {
    given[i] *= data.weights[i];
  }
  std::vector<size_t> kept;
  for (size_t i = 0; i < data.rows(); ++i) {
    if (given.empty() || given[i] > 0) kept.push_back(i);
  }
  const auto rows = static_cast<Eigen::Index>(kept.size());
  for (Eigen::ArrayXd* column : {&n_, &d_, &rho_, &ln_loss_, &weights_}) {
    column->resize(rows);
  }
  for (Eigen::Index k = 0; k < rows; ++k) {
    const size_t i = kept[static_cast<size_t>(k)];
    n_[k] = data.ln_size[i];
    d_[k] = data.ln_tokens[i];
    rho_[k] = data.ln_ratio[i];
    ln_loss_[k] = data.ln_loss[i];
    weights_[k] = given.empty() ? 1 : given[i];
  }
  mean_n_ = n_.mean();
  mean_d_ = d_.mean();
  n_ -= mean_n_;
  d_ -= mean_d_;
  const auto [low, high] =
      std::minmax_element(data.ln_ratio.begin(), data.ln_ratio.end());
  low_ = 2 * *low - *high;
  high_ = 2 * *high - *low;
  if (rows == 0) return;
  min_n_ = n_.minCoeff();
  max_n_ = std::max(n_.maxCoeff(), min_n_ + kMinSpan);
  at_largest_ = (n_ - min_n_) / (max_n_ - min_n_);
}

Eigen::VectorXd RatioLawRows::ToTheta(const RatioLaw& law) const {
  Eigen::VectorXd theta(RatioLaw::kParameters);
  theta << law.ln_a - law.alpha * mean_n_, law.ln_b - law.beta * mean_d_,
      std::log(std::max(law.e, 1e-5)), law.alpha, law.beta,
      law.g / std::exp(law.ln_a), law.BestLogRatio(mean_n_ + min_n_),
      law.BestLogRatio(mean_n_ + max_n_);
  return theta;
}

RatioLaw RatioLawRows::ToLaw(const Eigen::VectorXd& theta) const {
  RatioLaw law;
  law.alpha = theta[3];
  law.beta = theta[4];
  law.ln_a = theta[0] + law.alpha * mean_n_;
  law.ln_b = theta[1] + law.beta * mean_d_;
  law.e = std::exp(theta[2]);
  law.g = theta[5] * std::exp(law.ln_a);
  law.c1 = (theta[7] - theta[6]) / (max_n_ - min_n_);
  law.c0 = theta[6] - law.c1 * (mean_n_ + min_n_);
  return law;
}

Eigen::MatrixXd RatioLawRows::LawByTheta() const {
  constexpr int kSize = RatioLaw::kParameters;
  Eigen::MatrixXd map = Eigen::MatrixXd::Zero(kSize, kSize);
  for (int k = 0; k < 6; ++k) map(k, k) = 1;
  map(0, 3) = mean_n_;
  map(1, 4) = mean_d_;
  const double slope = 1 / (max_n_ - min_n_);
  const double at_smallest = mean_n_ + min_n_;
  map(7, 6) = -slope;
  map(7, 7) = slope;
  map(6, 6) = 1 + slope * at_smallest;
  map(6, 7) = -slope * at_smallest;
  return map;
}

bool RatioLawRows::Evaluate(const double* theta) const {
  if (theta[2] < kMinLnE || theta[1] < kMinLnB || theta[3] <= 0 ||
      theta[4] <= 0 || theta[3] > kMaxExponent || theta[4] > kMaxExponent ||
      theta[6] < low_ || theta[6] > high_ || theta[7] < low_ ||
      theta[7] > high_) {
    return false;
  }
  departure_ = rho_ - theta[6] * (1 - at_largest_) - theta[7] * at_largest_;
  size_ = (theta[0] - theta[3] * n_).exp();
  tokens_ = (theta[1] - theta[4] * d_).exp();
  loss_ = std::exp(theta[2]) + tokens_ +
          size_ * (1 + theta[5] * departure_.square());
  if (!(loss_.minCoeff() > 1e-12)) return false;
  residual_ = loss_.log() - ln_loss_;
  return true;
}

Eigen::ArrayXXd RatioLawRows::Jacobian(const double* theta) const {
  Eigen::ArrayXXd jacobian(n_.size(), RatioLaw::kParameters);
  const Eigen::ArrayXd share = 1 / loss_;
  jacobian.col(0) = share * size_ * (1 + theta[5] * departure_.square());
  jacobian.col(1) = share * tokens_;
  jacobian.col(2) = share * std::exp(theta[2]);
  jacobian.col(3) = -n_ * jacobian.col(0);
  jacobian.col(4) = -d_ * jacobian.col(1);
  jacobian.col(5) = share * size_ * departure_.square();
  const Eigen::ArrayXd moved = -2 * theta[5] * share * size_ * departure_;
  jacobian.col(6) = moved * (1 - at_largest_);
  jacobian.col(7) = moved * at_largest_;
  return jacobian;
}

double RatioLawRows::Objective(const double* theta, double delta,
                               double* gradient) const {
  if (!Evaluate(theta)) return std::numeric_limits<double>::infinity();
  // With c = clamp(r, -delta, delta), Huber(r) = c (r - c / 2).
  const Eigen::ArrayXd clamped = residual_.max(-delta).min(delta);
  if (gradient != nullptr) {
    Eigen::Map<Eigen::VectorXd>(gradient, RatioLaw::kParameters) =
        Jacobian(theta).matrix().transpose() * (weights_ * clamped).matrix();
  }
  return (weights_ * clamped * (residual_ - 0.5 * clamped)).sum();
}

Eigen::MatrixXd RatioLawRows::Curvature(const Eigen::VectorXd& theta,
                                        double delta) const {
  if (!Evaluate(theta.data()))
    return Eigen::MatrixXd::Zero(RatioLaw::kParameters, RatioLaw::kParameters);
  const Eigen::ArrayXd weights =
      weights_ * (delta / residual_.abs().max(delta));
  const Eigen::MatrixXd jacobian = Jacobian(theta.data()).matrix();
  return jacobian.transpose() * weights.matrix().asDiagonal() * jacobian;
}

// With r = ln S - ln loss: r'' = S'' / S - J J'. The columns of the Jacobian
// hold most of S'' / S: a column times -n or -d is its derivative by alpha or
// beta.
LocalModel RatioLawRows::Expand(const Eigen::VectorXd& theta,
                                double delta) const {
  LocalModel model;
  if (!Evaluate(theta.data())) return model;
  const Eigen::ArrayXXd jacobian = Jacobian(theta.data());
  const Eigen::ArrayXd clamped = residual_.max(-delta).min(delta);
  const Eigen::ArrayXd score = weights_ * clamped;
  const Eigen::ArrayXd slope =
      weights_ * (residual_.abs() <= delta).cast<double>() - score;
  model.objective = (score * (residual_ - 0.5 * clamped)).sum();
  model.gradient = jacobian.matrix().transpose() * score.matrix();
  const Eigen::MatrixXd weighed = (jacobian.colwise() * slope).matrix();
  model.hessian = weighed.transpose() * jacobian.matrix();
  const auto add = [&](int i, int j, double sum) {
    model.hessian(i, j) += sum;
    if (i != j) model.hessian(j, i) += sum;
  };
  for (const int k : {0, 5, 6, 7}) {  // all that is times exp(ln A' - alpha n)
    const Eigen::ArrayXd part = score * jacobian.col(k);
    add(0, k, part.sum());
    add(3, k, -(n_ * part).sum());
    if (k == 0) add(3, 3, (n_.square() * part).sum());
  }
  const Eigen::ArrayXd part = score * jacobian.col(1);
  add(1, 1, part.sum());
  add(1, 4, -(d_ * part).sum());
  add(4, 4, (d_.square() * part).sum());
  add(2, 2, (score * jacobian.col(2)).sum());
  const Eigen::ArrayXd share = score * size_ / loss_;
  const Eigen::ArrayXd at_smallest = 1 - at_largest_;
  add(5, 6, -2 * (share * departure_ * at_smallest).sum());
  add(5, 7, -2 * (share * departure_ * at_largest_).sum());
  add(6, 6, 2 * theta[5] * (share * at_smallest.square()).sum());
  add(6, 7, 2 * theta[5] * (share * at_smallest * at_largest_).sum());
  add(7, 7, 2 * theta[5] * (share * at_largest_.square()).sum());
  return model;
}

Bounds RatioLawRows::bounds() const {
  Bounds bounds = RobustRows::bounds();
  bounds.lower[1] = kMinLnB;
  bounds.lower[2] = kMinLnE;
  for (const int exponent : {3, 4}) {
    bounds.lower[exponent] = kMinExponent;
    bounds.upper[exponent] = kMaxExponent;
  }
  for (const int ratio : {6, 7}) {
    bounds.lower[ratio] = low_;
    bounds.upper[ratio] = high_;
  }
  return bounds;
}

namespace {

// Ends a search that nobody waits for: of very many runs it takes long.
class EndsIfCancelled : public ceres::IterationCallback {
 public:
  ceres::CallbackReturnType operator()(
      const ceres::IterationSummary&) override {
    return Cancelled() ? ceres::SOLVER_ABORT : ceres::SOLVER_CONTINUE;
  }
};

}  // namespace

BoundedPolish RatioLawRows::PolishWithinBounds(
    double delta, Eigen::VectorXd theta, const PenalizedRows* penalized) const {
  ceres::Problem::Options ownership;
  ownership.loss_function_ownership = ceres::DO_NOT_TAKE_OWNERSHIP;
  ceres::HuberLoss huber(delta);
  std::vector<std::unique_ptr<ceres::ScaledLoss>> losses;
  ceres::Problem problem(ownership);
  for (Eigen::Index i = 0; i < n_.size(); ++i) {
    losses.push_back(std::make_unique<ceres::ScaledLoss>(
        &huber, weights_[i], ceres::DO_NOT_TAKE_OWNERSHIP));
    problem.AddResidualBlock(
        new ceres::AutoDiffCostFunction<Residual, 1, RatioLaw::kParameters>(
            new Residual{n_[i], d_[i], rho_[i], ln_loss_[i], at_largest_[i]}),
        losses.back().get(), theta.data());
  }
  if (penalized != nullptr) {
    problem.AddResidualBlock(
        new PriorCost(*penalized, delta, RatioLaw::kParameters), nullptr,
        theta.data());
  }
  const Bounds within = bounds();
  for (int k = 0; k < parameters(); ++k) {
    if (std::isfinite(within.lower[k])) {
      problem.SetParameterLowerBound(theta.data(), k, within.lower[k]);
    }
    if (std::isfinite(within.upper[k])) {
      problem.SetParameterUpperBound(theta.data(), k, within.upper[k]);
    }
  }
  KeepCeresLogOffScreen();
  ceres::Solver::Options options;
  options.linear_solver_type = ceres::DENSE_QR;
  options.max_num_iterations = 300;
  options.function_tolerance = 1e-10;
  options.parameter_tolerance = 1e-10;
  options.gradient_tolerance = 1e-14;
  options.logging_type = ceres::SILENT;
  EndsIfCancelled ends;
  options.callbacks.push_back(&ends);
  ceres::Solver::Summary summary;
  ceres::Solve(options, &problem, &summary);
  return {std::move(theta), summary.final_cost,
          summary.termination_type == ceres::CONVERGENCE};
}

}  // namespace isoshape
