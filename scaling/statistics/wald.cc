#include "scaling/statistics/wald.h"

#include <cmath>
#include <cstddef>
#include <limits>
#include <numbers>

namespace isoshape {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

WaldTest Judged(double chi_squared, int degrees_of_freedom) {
  return {.chi_squared = chi_squared,
          .degrees_of_freedom = degrees_of_freedom,
          .p_value = std::isfinite(chi_squared)
                         ? ChiSquaredTail(chi_squared, degrees_of_freedom)
                         : kNaN};
}

bool PositiveDefinite(const Eigen::MatrixXd& covariance) {
  return covariance.allFinite() && covariance.llt().info() == Eigen::Success;
}

}  // namespace

double ChiSquaredTail(double x, int degrees_of_freedom) {
  if (!(x > 0)) return 1;
  // Q(x | k) = Q(x | k - 2) + the density at x of k, times 2.
  const bool odd = degrees_of_freedom % 2 == 1;
  double tail = odd ? std::erfc(std::sqrt(x / 2)) : std::exp(-x / 2);
  double term = odd ? std::sqrt(2 * x / std::numbers::pi) * std::exp(-x / 2)
                    : x / 2 * std::exp(-x / 2);
  for (int k = odd ? 3 : 4; k <= degrees_of_freedom; k += 2) {
    tail += term;
    term *= x / k;
  }
  return tail;
}

WaldTest TestZero(const Eigen::VectorXd& x, const Eigen::MatrixXd& covariance) {
  return Judged(
      PositiveDefinite(covariance) ? x.dot(covariance.ldlt().solve(x)) : kNaN,
      static_cast<int>(x.size()));
}

WaldTest TestEqual(const std::vector<Eigen::VectorXd>& x,
                   const std::vector<Eigen::MatrixXd>& covariances) {
  const Eigen::Index figures = x.front().size();
  Eigen::MatrixXd precision = Eigen::MatrixXd::Zero(figures, figures);
  Eigen::VectorXd weighted = Eigen::VectorXd::Zero(figures);
  double chi_squared = 0;
  for (size_t j = 0; j < x.size(); ++j) {
    if (!PositiveDefinite(covariances[j])) chi_squared = kNaN;
    const Eigen::MatrixXd inverse = covariances[j].inverse();
    precision += inverse;
    weighted += inverse * x[j];
  }
  const Eigen::VectorXd mean = precision.ldlt().solve(weighted);
  for (size_t j = 0; j < x.size(); ++j) {
    const Eigen::VectorXd off = x[j] - mean;
    chi_squared += off.dot(covariances[j].ldlt().solve(off));
  }
  return Judged(chi_squared,
                static_cast<int>(x.size() - 1) * static_cast<int>(figures));
}

Eigen::MatrixXd CovarianceOf(const std::vector<std::vector<double>>& draws) {
  const auto columns = static_cast<Eigen::Index>(draws.size());
  Eigen::MatrixXd covariance = Eigen::MatrixXd::Zero(columns, columns);
  Eigen::VectorXd mean = Eigen::VectorXd::Zero(columns);
  int count = 0;
  for (size_t i = 0; i < draws.front().size(); ++i) {
    Eigen::VectorXd row(columns);
    for (Eigen::Index k = 0; k < columns; ++k) {
      row[k] = draws[static_cast<size_t>(k)][i];
    }
    if (!row.allFinite()) continue;
    // Welford's update.
    ++count;
    const Eigen::VectorXd before = row - mean;
    mean += before / count;
    covariance += before * (row - mean).transpose();
  }
  if (count < 2) return Eigen::MatrixXd::Constant(columns, columns, kNaN);
  return covariance / (count - 1);
}

}  // namespace isoshape
