#include "scaling/statistics/parabola.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <cstddef>

namespace isoshape {

double Parabola::At(double x) const {
  return coefficients[0] + x * (coefficients[1] + x * coefficients[2]);
}

Parabola FitParabola(const std::vector<double>& x, const std::vector<double>& y,
                     const std::vector<double>& weights) {
  Parabola result;
  double total = 0;
  double mean_x = 0;
  double mean_y = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    if (weights[i] <= 0) continue;
    ++result.points;
    total += weights[i];
    mean_x += weights[i] * x[i];
    mean_y += weights[i] * y[i];
  }
  if (result.points < 3) return result;
  mean_x /= total;
  mean_y /= total;
  double scale = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    if (weights[i] > 0) scale = std::max(scale, std::abs(x[i] - mean_x));
  }
  if (scale <= 0) return result;
  Eigen::Matrix3d moments = Eigen::Matrix3d::Zero();
  Eigen::Matrix3d square_moments = Eigen::Matrix3d::Zero();
  Eigen::Vector3d right = Eigen::Vector3d::Zero();
  for (size_t i = 0; i < x.size(); ++i) {
    if (weights[i] <= 0) continue;
    const double u = (x[i] - mean_x) / scale;
    const Eigen::Vector3d row(1, u, u * u);
    moments += weights[i] * row * row.transpose();
    square_moments += weights[i] * weights[i] * row * row.transpose();
    right += weights[i] * (y[i] - mean_y) * row;
  }
  const Eigen::FullPivLU<Eigen::Matrix3d> solver(moments);
  if (solver.rcond() < 1e-13) return result;
  const Eigen::Vector3d solution = solver.solve(right);
  double size_of_y = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    if (weights[i] <= 0) continue;
    const double u = (x[i] - mean_x) / scale;
    const double residual =
        y[i] - mean_y - solution[0] - u * (solution[1] + u * solution[2]);
    result.weighted_sum_of_squares += weights[i] * residual * residual;
    size_of_y = std::max(size_of_y, std::abs(y[i]));
  }
  result.expected_sum_of_squares =
      std::max(0.0, total - solver.solve(square_moments).trace());
  const double c2 = solution[2] / (scale * scale);
  const double c1 = solution[1] / scale;
  const double c0 = mean_y + solution[0];
  result.coefficients = {c0 - c1 * mean_x + c2 * mean_x * mean_x,
                         c1 - 2 * c2 * mean_x, c2};
  // A curvature that rounding of y alone could make is none.
  result.minimum = solution[2] > 1e-13 * size_of_y;
  if (result.minimum) {
    result.vertex_x = mean_x - 0.5 * c1 / c2;
    result.vertex_y = c0 - 0.25 * c1 * c1 / c2;
  }
  return result;
}

std::vector<double> WindowWeights(const std::vector<double>& x,
                                  const std::vector<double>& y,
                                  double half_width, int min_points) {
  std::vector<double> weights(x.size(), 0);
  if (x.empty()) return weights;
  const size_t centre = std::min_element(y.begin(), y.end()) - y.begin();
  std::vector<double> distances;
  distances.reserve(x.size());
  for (const double value : x) {
    distances.push_back(std::abs(value - x[centre]));
  }
  // Just beyond the last point wanted, so that its weight is above zero.
  const size_t last = std::min<size_t>(min_points, x.size()) - 1;
  std::vector<double> ordered = distances;
  std::nth_element(ordered.begin(), ordered.begin() + last, ordered.end());
  const double h = std::max(half_width, 1.1 * ordered[last]);
  for (size_t i = 0; i < x.size(); ++i) {
    const double u = distances[i] / h;
    if (u < 1) weights[i] = std::pow(1 - u * u * u, 3);
  }
  return weights;
}

}  // namespace isoshape
