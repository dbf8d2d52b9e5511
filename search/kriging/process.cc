#include "search/kriging/process.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <utility>

namespace isoshape {
namespace {

// Four values for each scale, a factor of two apart for lengths, ten for noise:
// from half of how far a budget's sizes and aspect ratios reach to one side by
// default, ln 5 and ln 4, to beyond all that they span. The process is hardly
// another within a factor of two.
constexpr double kSizes[] = {0.75, 1.5, 3, 6};
constexpr double kRatios[] = {1, 2, 4, 8};
constexpr double kComputes[] = {1.5, 3, 6, 12};
constexpr double kNoises[] = {1e-4, 1e-3, 1e-2, 1e-1};
constexpr int kSweeps = 3;  // over the axes; most end after two

// The variance has a prior worth two rows: a deviation of 5 % of the loss over
// the shapes of a budget. Else a few rows that happen to lie on the mean would
// tell that nothing varies.
constexpr double kPriorDeviation = 0.05;
constexpr double kPriorRows = 2;

// On the diagonal beside the noise, for rows at nearly one place.
constexpr double kJitter = 1e-10;

bool OneCompute(const std::vector<GpRow>& rows) {
  return std::all_of(rows.begin(), rows.end(), [&](const GpRow& row) {
    return row.place.compute == rows.front().place.compute;
  });
}

double Matern(double squared_distance) {
  const double r = std::sqrt(5 * squared_distance);
  return (1 + r + r * r / 3) * std::exp(-r);
}

double SumOfLogs(const Eigen::LLT<Eigen::MatrixXd>& factor) {
  return factor.matrixLLT().diagonal().array().log().sum();
}

}  // namespace

size_t GaussianProcess::MinRows(const std::vector<GpRow>& rows) {
  return rows.empty() || OneCompute(rows) ? 2 : 3;
}

GaussianProcess::GaussianProcess(std::vector<GpRow> rows)
    : rows_(std::move(rows)), coefficients_(OneCompute(rows_) ? 1 : 2) {
  const std::pair<double GpScales::*, const double*> axes[] = {
      {&GpScales::size, kSizes},
      {&GpScales::ratio, kRatios},
      {&GpScales::compute, kComputes},
      {&GpScales::noise, kNoises}};
  GpScales best;
  double most = Condition(best);
  if (std::isnan(most)) most = -std::numeric_limits<double>::infinity();
  for (int sweep = 0; sweep < kSweeps; ++sweep) {
    bool changed = false;
    for (const auto& [scale, values] : axes) {
      const double before = best.*scale;
      for (size_t k = 0; k < std::size(kSizes); ++k) {
        if (values[k] == before) continue;
        GpScales other = best;
        other.*scale = values[k];
        const double likelihood = Condition(other);
        // Nor one that is no number, of scales at which nothing follows.
        if (!(likelihood > most)) continue;
        most = likelihood;
        best = other;
        changed = true;
      }
    }
    if (!changed) break;
  }
  Condition(best);
}

double GaussianProcess::Correlation(const GpPlace& a, const GpPlace& b) const {
  const double size = (a.size - b.size) / scales_.size;
  const double ratio = (a.ratio - b.ratio) / scales_.ratio;
  const double compute = (a.compute - b.compute) / scales_.compute;
  return Matern(size * size + ratio * ratio + compute * compute);
}

Eigen::VectorXd GaussianProcess::Basis(const GpPlace& place) const {
  Eigen::VectorXd basis(coefficients_);
  basis[0] = 1;
  if (coefficients_ > 1) basis[1] = place.compute;
  return basis;
}

double GaussianProcess::Condition(const GpScales& scales) {
  scales_ = scales;
  const auto n = static_cast<Eigen::Index>(rows_.size());
  Eigen::MatrixXd covariance(n, n);
  Eigen::MatrixXd basis(n, coefficients_);
  Eigen::VectorXd ln_loss(n);
  for (Eigen::Index j = 0; j < n; ++j) {
    const GpRow& row = rows_[static_cast<size_t>(j)];
    covariance(j, j) = 1 + kJitter + scales.noise / row.count;
    for (Eigen::Index i = j + 1; i < n; ++i) {
      covariance(i, j) =
          Correlation(rows_[static_cast<size_t>(i)].place, row.place);
    }
    basis.row(j) = Basis(row.place).transpose();
    ln_loss[j] = row.ln_loss;
  }
  factor_.compute(covariance);  // of the lower half
  basis_ = factor_.matrixL().solve(basis);
  mean_factor_.compute(basis_.transpose() * basis_);
  const Eigen::VectorXd white = factor_.matrixL().solve(ln_loss);
  beta_ = mean_factor_.solve(basis_.transpose() * white);
  residual_ = white - basis_ * beta_;
  const double degrees = kPriorRows + static_cast<double>(n - coefficients_);
  variance_ = (kPriorRows * kPriorDeviation * kPriorDeviation +
               residual_.squaredNorm()) /
              degrees;
  return -degrees / 2 * std::log(variance_) - SumOfLogs(factor_) -
         SumOfLogs(mean_factor_);
}

GpForecast::GpForecast(const GaussianProcess& process,
                       std::vector<GpPlace> places)
    : process_(process), places_(std::move(places)) {
  const Eigen::Index count = Index(places_.size());
  rows_.resize(Index(process.rows_.size()), count);
  basis_.resize(process.coefficients_, count);
  for (Eigen::Index j = 0; j < count; ++j) {
    const GpPlace& place = places_[static_cast<size_t>(j)];
    for (Eigen::Index i = 0; i < rows_.rows(); ++i) {
      rows_(i, j) = process.Correlation(
          process.rows_[static_cast<size_t>(i)].place, place);
    }
    basis_.col(j) = process.Basis(place);
  }
  process.factor_.matrixL().solveInPlace(rows_);
  mean_ = basis_.transpose() * process.beta_ +
          rows_.transpose() * process.residual_;
  basis_ -= process.basis_.transpose() * rows_;
  process.mean_factor_.matrixL().solveInPlace(basis_);
  variance_ = process.variance_ * (1 - rows_.colwise().squaredNorm().array() +
                                   basis_.colwise().squaredNorm().array())
                                      .matrix()
                                      .transpose();
}

double GpForecast::deviation(size_t place) const {
  return std::sqrt(std::max(0.0, variance_[Index(place)]));
}

void GpForecast::Add(size_t place, double count) {
  const Eigen::Index p = Index(place);
  Eigen::VectorXd covariance(variance_.size());
  for (Eigen::Index j = 0; j < covariance.size(); ++j) {
    covariance[j] =
        process_.Correlation(places_[place], places_[static_cast<size_t>(j)]);
  }
  covariance -= rows_.transpose() * rows_.col(p);
  covariance += basis_.transpose() * basis_.col(p);
  covariance *= process_.variance_;
  for (const Eigen::VectorXd& one : added_) covariance -= one[p] * one;
  const double total =
      std::max(0.0, variance_[p]) + process_.noise_variance() / count;
  added_.push_back(covariance / std::sqrt(total));
  variance_ -= added_.back().cwiseAbs2();
}

}  // namespace isoshape
