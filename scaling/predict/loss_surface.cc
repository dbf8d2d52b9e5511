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

// The columns of the least squares: powers of size and of tokens relative to
// the mean run, so that a and b are of the loss's size, and a constant. Each
// row is divided by its loss and multiplied by the root of its weight.
struct Columns {
  explicit Columns(const Runs& runs);

  double log_size = 0;    // of the mean run
  double log_tokens = 0;  // of the mean run
  Eigen::MatrixXd size;   // a column for each exponent
  Eigen::MatrixXd tokens;
  Eigen::VectorXd ones;
  Eigen::VectorXd target;  // loss / loss
};

Columns::Columns(const Runs& runs) {
  const auto rows = static_cast<Eigen::Index>(runs.rows());
  for (size_t i = 0; i < runs.rows(); ++i) {
    log_size += std::log(runs.size[i]) / static_cast<double>(rows);
    log_tokens += std::log(runs.tokens[i]) / static_cast<double>(rows);
  }
  size.resize(rows, kExponents);
  tokens.resize(rows, kExponents);
  ones.resize(rows);
  target.resize(rows);
  for (Eigen::Index i = 0; i < rows; ++i) {
    const double root = runs.weight.empty() ? 1 : std::sqrt(runs.weight[i]);
    const double scale = root / runs.loss[i];
    target[i] = root;
    ones[i] = scale;
    for (int k = 0; k < kExponents; ++k) {
      const double exponent = ExponentAt(k);
      size(i, k) =
          std::exp(-exponent * (std::log(runs.size[i]) - log_size)) * scale;
      tokens(i, k) =
          std::exp(-exponent * (std::log(runs.tokens[i]) - log_tokens)) * scale;
    }
  }
}

// The pair of exponents, and its coefficients, of least squares.
LossSurface BestOf(const Columns& columns) {
  // Sums over rows once for all pairs of exponents.
  const Eigen::VectorXd& ones = columns.ones;
  const Eigen::VectorXd& target = columns.target;
  const Eigen::MatrixXd cross = columns.size.transpose() * columns.tokens;
  const Eigen::VectorXd size_ones = columns.size.transpose() * ones;
  const Eigen::VectorXd token_ones = columns.tokens.transpose() * ones;
  const Eigen::VectorXd size_sum = columns.size.transpose() * target;
  const Eigen::VectorXd token_sum = columns.tokens.transpose() * target;
  const Eigen::VectorXd size_square = columns.size.colwise().squaredNorm();
  const Eigen::VectorXd token_square = columns.tokens.colwise().squaredNorm();
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
      best.a = solution.y[1] * std::exp(best.alpha * columns.log_size);
      best.b = solution.y[2] * std::exp(best.beta * columns.log_tokens);
    }
  }
  return best;
}

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
  LossSurface best = BestOf(Columns(runs));
  double sum = 0;
  for (size_t i = 0; i < runs.rows(); ++i) {
    const double ratio = best.At(runs.size[i], runs.tokens[i]) / runs.loss[i];
    sum += (ratio - 1) * (ratio - 1);
  }
  best.root_mean_square = std::sqrt(sum / static_cast<double>(runs.rows()));
  return best;
}

}  // namespace isoshape
