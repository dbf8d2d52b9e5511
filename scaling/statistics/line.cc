#include "scaling/statistics/line.h"

#include <cmath>
#include <cstddef>

namespace isoshape {

double Line::Departure(const std::vector<double>& x,
                       const std::vector<double>& y) const {
  double squares = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    squares += (y[i] - At(x[i])) * (y[i] - At(x[i]));
  }
  return std::sqrt(squares / static_cast<double>(x.size()));
}

Line FitLine(const std::vector<double>& x, const std::vector<double>& y,
             const std::vector<double>& weights) {
  const auto weight = [&](size_t i) {
    return weights.empty() ? 1 : weights[i];
  };
  double total = 0;
  double mean_x = 0;
  double mean_y = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    total += weight(i);
    mean_x += weight(i) * x[i];
    mean_y += weight(i) * y[i];
  }
  mean_x /= total;
  mean_y /= total;
  double square = 0;
  double product = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    square += weight(i) * (x[i] - mean_x) * (x[i] - mean_x);
    product += weight(i) * (x[i] - mean_x) * (y[i] - mean_y);
  }
  Line line;
  line.slope = product / square;
  line.intercept = mean_y - line.slope * mean_x;
  return line;
}

}  // namespace isoshape
