#include "scaling/predict/loss_surface.h"

#include <Eigen/Dense>
#include <cmath>
#include <cstddef>
#include <limits>

#include "scaling/statistics/non_negative.h"

namespace isoshape {
namespace {

// The exponents tried: published values of alpha and beta lie in 0.15..0.7.
constexpr int kExponents = 20;
double ExponentAt(int index) { return 0.05 * (index + 1); }

}  // namespace

double LossSurface::At(double size, double tokens) const {
  return e + a * std::pow(size, -alpha) + b * std::pow(tokens, -beta);
}

std::optional<double> LossSurface::LeastLoss(double flops) const {
  if (a <= 0 || b <= 0) return std::nullopt;
  // dL/dN = 0 with D = C / (6 N) (Hoffmann et al. 2022, equation 4).
  const double product = flops / 6;
  const double size = std::pow(alpha * a / (beta * b) * std::pow(product, beta),
                               1 / (alpha + beta));
  return At(size, product / size);
}

std::optional<LossSurface> FitLossSurface(const Runs& runs) {
  if (runs.rows() < 6) return std::nullopt;
  const auto rows = static_cast<Eigen::Index>(runs.rows());
  // Columns relative to the mean run, so that a and b are of the loss's size.
  double log_size = 0;
  double log_tokens = 0;
  for (size_t i = 0; i < runs.rows(); ++i) {
    log_size += std::log(runs.size[i]) / static_cast<double>(rows);
    log_tokens += std::log(runs.tokens[i]) / static_cast<double>(rows);
  }
  Eigen::MatrixXd size_columns(rows, kExponents);
  Eigen::MatrixXd token_columns(rows, kExponents);
  Eigen::VectorXd ones(rows);
  Eigen::VectorXd target(rows);  // loss / loss, by the root of the weight
  for (Eigen::Index i = 0; i < rows; ++i) {
    const double root = runs.weight.empty() ? 1 : std::sqrt(runs.weight[i]);
    const double scale = root / runs.loss[i];
    target[i] = root;
    ones[i] = scale;
    for (int k = 0; k < kExponents; ++k) {
      const double exponent = ExponentAt(k);
      size_columns(i, k) =
          std::exp(-exponent * (std::log(runs.size[i]) - log_size)) * scale;
      token_columns(i, k) =
          std::exp(-exponent * (std::log(runs.tokens[i]) - log_tokens)) * scale;
    }
  }
  // Sums over rows once for all pairs of exponents.
  const Eigen::MatrixXd cross = size_columns.transpose() * token_columns;
  const Eigen::VectorXd size_ones = size_columns.transpose() * ones;
  const Eigen::VectorXd token_ones = token_columns.transpose() * ones;
  const Eigen::VectorXd size_sum = size_columns.transpose() * target;
  const Eigen::VectorXd token_sum = token_columns.transpose() * target;
  const Eigen::VectorXd size_square = size_columns.colwise().squaredNorm();
  const Eigen::VectorXd token_square = token_columns.colwise().squaredNorm();
  double least = std::numeric_limits<double>::infinity();
  LossSurface best;
  for (int j = 0; j < kExponents; ++j) {
    for (int k = 0; k < kExponents; ++k) {
      SmallMatrix normal(3, 3);
      normal << ones.squaredNorm(), size_ones[j], token_ones[k], size_ones[j],
          size_square[j], cross(j, k), token_ones[k], cross(j, k),
          token_square[k];
      SmallVector right(3);
      right << ones.dot(target), size_sum[j], token_sum[k];
      const NonNegativeMinimum solution = SolveNonNegative(normal, right);
      if (solution.value >= least) continue;
      least = solution.value;
      best.alpha = ExponentAt(j);
      best.beta = ExponentAt(k);
      best.e = solution.y[0];
      best.a = solution.y[1] * std::exp(best.alpha * log_size);
      best.b = solution.y[2] * std::exp(best.beta * log_tokens);
    }
  }
  double sum = 0;
  for (size_t i = 0; i < runs.rows(); ++i) {
    const double ratio = best.At(runs.size[i], runs.tokens[i]) / runs.loss[i];
    sum += (ratio - 1) * (ratio - 1);
  }
  best.root_mean_square = std::sqrt(sum / static_cast<double>(rows));
  return best;
}

}  // namespace isoshape
