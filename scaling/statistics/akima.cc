#include "scaling/statistics/akima.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

namespace isoshape {
namespace {

// Slopes at the points. Two more secants on either side are extrapolated as of
// a parabola through the last three points (Akima's end rule).
std::vector<double> Slopes(const std::vector<double>& x,
                           const std::vector<double>& y) {
  const size_t n = x.size();
  std::vector<double> m(n + 3);  // secants, m[i + 2] from point i to i + 1
  for (size_t i = 0; i + 1 < n; ++i) {
    m[i + 2] = (y[i + 1] - y[i]) / (x[i + 1] - x[i]);
  }
  if (n == 2) return {m[2], m[2]};
  m[1] = 2 * m[2] - m[3];
  m[0] = 2 * m[1] - m[2];
  m[n + 1] = 2 * m[n] - m[n - 1];
  m[n + 2] = 2 * m[n + 1] - m[n];
  std::vector<double> left(n), right(n);  // changes of slope beyond each side
  double max_sum = 0;
  for (size_t i = 0; i < n; ++i) {
    left[i] = std::abs(m[i + 1] - m[i]);
    right[i] = std::abs(m[i + 3] - m[i + 2]);
    max_sum = std::max(max_sum, left[i] + right[i]);
  }
  std::vector<double> slopes(n);
  for (size_t i = 0; i < n; ++i) {
    const double total = left[i] + right[i];
    // Straight on both sides: the weights are rounding.
    slopes[i] = total > 1e-9 * max_sum
                    ? (right[i] * m[i + 1] + left[i] * m[i + 2]) / total
                    : 0.5 * (m[i + 1] + m[i + 2]);
  }
  return slopes;
}

}  // namespace

Akima::Akima(std::vector<double> x, std::vector<double> y)
    : x_(std::move(x)), y_(std::move(y)), slopes_(Slopes(x_, y_)) {}

double Akima::InSegment(size_t i, double u) const {
  const double h = x_[i + 1] - x_[i];
  const double secant = (y_[i + 1] - y_[i]) / h;
  const double c2 = (3 * secant - 2 * slopes_[i] - slopes_[i + 1]) / h;
  const double c3 = (slopes_[i] + slopes_[i + 1] - 2 * secant) / (h * h);
  return y_[i] + u * (slopes_[i] + u * (c2 + u * c3));
}

double Akima::At(double x) const {
  const auto after = std::upper_bound(x_.begin() + 1, x_.end() - 1, x);
  const size_t i = after - x_.begin() - 1;
  return InSegment(i, x - x_[i]);
}

Akima::Minimum Akima::FindMinimum() const {
  const size_t last = x_.size() - 1;
  const size_t min_index = std::min_element(y_.begin(), y_.end()) - y_.begin();
  Minimum best{x_[min_index], y_[min_index], min_index == 0, min_index == last};
  for (size_t i = 0; i < last; ++i) {
    const double h = x_[i + 1] - x_[i];
    const double secant = (y_[i + 1] - y_[i]) / h;
    // Slope c1 + 2 c2 u + 3 c3 u^2 = 0, by the form that does not cancel.
    const double c1 = slopes_[i];
    const double c2 = (3 * secant - 2 * slopes_[i] - slopes_[i + 1]) / h;
    const double c3 = (slopes_[i] + slopes_[i + 1] - 2 * secant) / (h * h);
    const double discriminant = c2 * c2 - 3 * c3 * c1;
    if (discriminant < 0) continue;
    const double q = -(c2 + std::copysign(std::sqrt(discriminant), c2));
    for (const double u : {q / (3 * c3), c1 / q}) {
      if (!(u > 0 && u < h)) continue;  // also skips NaN
      const double y = InSegment(i, u);
      if (y < best.y) best = {x_[i] + u, y, false, false};
    }
  }
  return best;
}

}  // namespace isoshape
