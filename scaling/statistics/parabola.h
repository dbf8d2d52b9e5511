#ifndef ISOSHAPE_SCALING_STATISTICS_PARABOLA_H_
#define ISOSHAPE_SCALING_STATISTICS_PARABOLA_H_

#include <array>
#include <vector>

namespace isoshape {

// y = c0 + c1 x + c2 x^2, fitted by weighted least squares.
struct Parabola {
  std::array<double, 3> coefficients = {0, 0, 0};
  double vertex_x = 0;  // meaningful if curvature is positive
  double vertex_y = 0;
  bool minimum = false;  // c2 > 0 beyond rounding: the vertex is a minimum
  double weighted_sum_of_squares = 0;  // of the residuals
  // Expectation of weighted_sum_of_squares if all y have variance 1.
  double expected_sum_of_squares = 0;
  int points = 0;  // with weight above 0

  double At(double x) const;
};

// Needs three distinct x with positive weight; else `minimum` is false and the
// coefficients are zero. Computed about the weighted mean of x, so that distant
// origins cost no digits.
Parabola FitParabola(const std::vector<double>& x, const std::vector<double>& y,
                     const std::vector<double>& weights);

// Weights of a window about the least y: tricube, (1 - |u|^3)^3, in u = (x -
// x of least y) / h (Cleveland 1979), h = `half_width`; if fewer than
// `min_points` points lie inside, h is just large enough to reach that many. x
// ascending.
std::vector<double> WindowWeights(const std::vector<double>& x,
                                  const std::vector<double>& y,
                                  double half_width, int min_points);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_STATISTICS_PARABOLA_H_
