#ifndef ISOSHAPE_SEARCH_COSTS_LOG_LINEAR_H_
#define ISOSHAPE_SEARCH_COSTS_LOG_LINEAR_H_

#include <Eigen/Dense>
#include <array>
#include <cstddef>
#include <vector>

namespace isoshape {

// A figure that is a product of powers of a few others, all in natural
// logarithms: ln y = level + sum exponent_j x_j, by least squares with normal
// priors of the exponents, so that few rows say what they can and no more
// (Bayesian linear regression; Rasmussen and Williams 2006, section 2.1.1).
// Rows far off count less (Huber's weights), since a machine may have been busy
// with something else. Follows from the rows, whatever their order. Immutable.
class LogLinear {
 public:
  static constexpr int kExponents = 3;
  using Figures = std::array<double, kExponents>;

  struct Row {
    Figures x = {};
    double ln_y = 0;
  };
  // What is known of the exponents before any row; 0 of both: not used.
  struct Prior {
    Figures mean = {};
    Figures deviation = {};
    double noise = 0.1;  // standard deviation of ln y, worth four rows
  };
  struct Estimate {
    double mean = 0;       // ln y
    double deviation = 0;  // with the noise, as rows need not lie on the plane
  };

  LogLinear(std::vector<Row> rows, const Prior& prior);

  Estimate At(const Figures& x) const;
  // Of rows about the plane.
  double noise() const { return noise_; }

 private:
  using Vector = Eigen::Matrix<double, kExponents + 1, 1>;
  using Matrix = Eigen::Matrix<double, kExponents + 1, kExponents + 1>;

  Vector VectorOf(const Figures& x) const;
  void Solve(const std::vector<Row>& rows, const std::vector<double>& weights,
             const Prior& prior);

  Figures middle_ = {};  // of the rows, from which figures are counted
  Vector line_ = Vector::Zero();
  Matrix covariance_ = Matrix::Zero();  // of line_, without the noise's scale
  double noise_ = 0;
};

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_COSTS_LOG_LINEAR_H_
