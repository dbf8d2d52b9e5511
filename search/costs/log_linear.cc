#include "search/costs/log_linear.h"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace isoshape {
namespace {

// Rounds of weights and line in turn; they change little after three.
constexpr int kRounds = 6;
constexpr double kHuber = 2.5;  // in standard deviations of a row
constexpr double kPriorRows = 4;

}  // namespace

LogLinear::LogLinear(std::vector<Row> rows, const Prior& prior)
    : noise_(prior.noise) {
  // Sums then do not depend on how the rows were given.
  std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
    return std::tie(a.x, a.ln_y) < std::tie(b.x, b.ln_y);
  });
  for (size_t j = 0; j < middle_.size() && !rows.empty(); ++j) {
    for (const Row& row : rows) middle_[j] += row.x[j];
    middle_[j] /= static_cast<double>(rows.size());
  }
  std::vector<double> weights(rows.size(), 1);
  for (int round = 0; round < kRounds; ++round) {
    Solve(rows, weights, prior);
    double squares = kPriorRows * prior.noise * prior.noise;
    double count = kPriorRows;
    for (size_t i = 0; i < rows.size(); ++i) {
      const double off =
          std::abs(rows[i].ln_y - VectorOf(rows[i].x).dot(line_));
      weights[i] = std::min(1.0, kHuber * noise_ / std::max(off, 1e-300));
      squares += weights[i] * off * off;
      count += weights[i];
    }
    noise_ = std::sqrt(squares / count);
  }
}

LogLinear::Vector LogLinear::VectorOf(const Figures& x) const {
  Vector vector;
  vector[0] = 1;
  for (int j = 0; j < kExponents; ++j) {
    const auto k = static_cast<size_t>(j);
    vector[j + 1] = x[k] - middle_[k];
  }
  return vector;
}

void LogLinear::Solve(const std::vector<Row>& rows,
                      const std::vector<double>& weights, const Prior& prior) {
  // Without a row the level is what it is: comparisons do not depend on it.
  constexpr double kFixed = 1e12;
  const double noise = noise_ * noise_;
  Matrix normal = Matrix::Zero();
  Vector right = Vector::Zero();
  if (rows.empty()) normal(0, 0) = kFixed;
  for (int j = 0; j < kExponents; ++j) {
    const auto k = static_cast<size_t>(j);
    const double deviation = prior.deviation[k];
    const double precision =
        deviation > 0 ? noise / (deviation * deviation) : kFixed;
    normal(j + 1, j + 1) = precision;
    right[j + 1] = precision * prior.mean[k];
  }
  for (size_t i = 0; i < rows.size(); ++i) {
    const Vector x = VectorOf(rows[i].x);
    normal += weights[i] * x * x.transpose();
    right += weights[i] * rows[i].ln_y * x;
  }
  const auto factor = normal.ldlt();
  line_ = factor.solve(right);
  covariance_ = factor.solve(Matrix::Identity());
}

LogLinear::Estimate LogLinear::At(const Figures& x) const {
  const Vector at = VectorOf(x);
  const double spread = std::max(0.0, at.dot(covariance_ * at));
  return {.mean = at.dot(line_), .deviation = noise_ * std::sqrt(1 + spread)};
}

}  // namespace isoshape
