#ifndef ISOSHAPE_SCALING_STATISTICS_WALD_H_
#define ISOSHAPE_SCALING_STATISTICS_WALD_H_

#include <Eigen/Dense>
#include <vector>

namespace isoshape {

// P(X > x) of chi-squared with whole degrees of freedom >= 1, x >= 0
// (Abramowitz and Stegun 26.4.4, 26.4.5).
double ChiSquaredTail(double x, int degrees_of_freedom);

// Whether figures differ by more than their errors explain.
struct WaldTest {
  double chi_squared = 0;
  int degrees_of_freedom = 0;
  // The chance of so much or more if the hypothesis is true; NaN if a
  // covariance is not positive definite or not finite.
  double p_value = 0;
};

// That the mean of normal figures of that covariance is 0: x' V^-1 x (Wald
// 1943).
WaldTest TestZero(const Eigen::VectorXd& x, const Eigen::MatrixXd& covariance);

// That independent groups have equal figures: the sum over groups of
// (x_j - x)' V_j^-1 (x_j - x), x the mean by these precisions, with
// (groups - 1) x figures degrees of freedom (Cochran 1954; Hedges and Olkin
// 1985, chapter 6). Two groups or more, of equally many figures.
WaldTest TestEqual(const std::vector<Eigen::VectorXd>& x,
                   const std::vector<Eigen::MatrixXd>& covariances);

// The covariance of the columns of draws, rows with a NaN left out; NaN if
// fewer than two are left.
Eigen::MatrixXd CovarianceOf(const std::vector<std::vector<double>>& draws);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_STATISTICS_WALD_H_
