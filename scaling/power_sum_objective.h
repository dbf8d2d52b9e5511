#ifndef ISOSHAPE_SCALING_POWER_SUM_OBJECTIVE_H_
#define ISOSHAPE_SCALING_POWER_SUM_OBJECTIVE_H_

#include <ceres/first_order_function.h>

#include <Eigen/Dense>
#include <cstddef>
#include <optional>
#include <vector>

#include "scaling/power_sum.h"

namespace isoshape {

// The rows of a PowerSumData with weight above 0, each x centred and scaled
// to standard deviation 1. A law is then a vector theta of ln A_k' and alpha_k'
// of each term and ln E (absent where E is fixed), with
// ln A_k' - alpha_k' u_k = ln A_k - alpha_k ln x_k.
class ScaledRows {
 public:
  // E fixed where `fixed_e` is set.
  ScaledRows(const PowerSumData& data, std::optional<double> fixed_e);

  int terms() const { return static_cast<int>(u_.cols()); }
  int parameters() const { return 2 * terms() + (fixed_e_ ? 0 : 1); }
  int rows() const { return static_cast<int>(ln_loss_.size()); }
  double total_weight() const { return weights_.sum(); }

  Eigen::VectorXd ToTheta(const PowerSum& law) const;
  PowerSum ToLaw(const Eigen::VectorXd& theta) const;

  // Sum of weight * Huber(r), and its gradient where it is asked for. Not
  // finite where theta overflows.
  double Objective(const double* theta, double delta, double* gradient) const;

  // sum weight * min(1, delta / |r|) J J', J the derivative of r: the curvature
  // of the objective, had r no second derivative, and an upper bound of it in
  // r (iteratively reweighted least squares).
  Eigen::MatrixXd Curvature(const Eigen::VectorXd& theta, double delta) const;

 private:
  std::optional<double> fixed_e_;
  std::vector<double> mean_, deviation_;  // of ln x_k
  Eigen::ArrayXXd u_;                     // [row, term]
  Eigen::ArrayXd ln_loss_, weights_;
  // Scratch of Objective, which one thread at a time may call.
  mutable Eigen::ArrayXXd powers_;
  mutable Eigen::ArrayXd sum_, residual_;
};

// The objective of ScaledRows / `scale` over z, theta = origin + transform z.
class WhitenedObjective : public ceres::FirstOrderFunction {
 public:
  WhitenedObjective(const ScaledRows& rows, double delta, double scale,
                    const Eigen::VectorXd& origin,
                    const Eigen::MatrixXd& transform)
      : rows_(rows),
        delta_(delta),
        scale_(scale),
        origin_(origin),
        transform_(transform) {}

  bool Evaluate(const double* z, double* cost, double* gradient) const override;
  int NumParameters() const override {
    return static_cast<int>(origin_.size());
  }

 private:
  const ScaledRows& rows_;
  double delta_, scale_;
  const Eigen::VectorXd& origin_;
  const Eigen::MatrixXd& transform_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_POWER_SUM_OBJECTIVE_H_
