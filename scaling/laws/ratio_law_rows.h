#ifndef ISOSHAPE_SCALING_LAWS_RATIO_LAW_ROWS_H_
#define ISOSHAPE_SCALING_LAWS_RATIO_LAW_ROWS_H_

#include <Eigen/Dense>
#include <vector>

#include "scaling/laws/penalized_rows.h"
#include "scaling/laws/ratio_law.h"
#include "scaling/laws/robust_polish.h"

namespace isoshape {

// The point at which Levenberg and Marquardt ended.
struct BoundedPolish {
  Eigen::VectorXd theta;
  double objective = 0;
  bool converged = false;
};

// The rows of a RatioLawData with weight above 0. theta: ln A', ln B', ln E,
// alpha, beta, G / A with ln N and ln D taken about their means, so that A' and
// B' are parts of the loss at the centre; and ln r* at the smallest and at the
// largest size, each bounded: nowhere among the runs is the best ratio further
// from theirs than they span.
class RatioLawRows : public RobustRows {
 public:
  // `weights` by row, or empty: data.weights.
  RatioLawRows(const RatioLawData& data, const std::vector<double>& weights);

  int parameters() const override { return RatioLaw::kParameters; }
  int rows() const override { return static_cast<int>(ln_loss_.size()); }
  double total_weight() const override { return weights_.sum(); }
  Bounds bounds() const override;
  Eigen::VectorXd ToTheta(const RatioLaw& law) const;
  RatioLaw ToLaw(const Eigen::VectorXd& theta) const;

  double Objective(const double* theta, double delta,
                   double* gradient) const override;
  Eigen::MatrixXd Curvature(const Eigen::VectorXd& theta,
                            double delta) const override;
  LocalModel Expand(const Eigen::VectorXd& theta, double delta) const override;

  // A local minimum inside the law's bounds, or on them: by Levenberg and
  // Marquardt (Ceres, Jets), many times slower than Polish.
  // With the priors of `penalized`, which are of these rows, if it is not null.
  BoundedPolish PolishWithinBounds(double delta, Eigen::VectorXd theta,
                                   const PenalizedRows* penalized) const;
  // Maps theta to (ln A, ln B, ln E, alpha, beta, G / A, c0, c1).
  Eigen::MatrixXd LawByTheta() const;

 private:
  // Parts of the loss and ln loss - measured at theta, into the scratch; false
  // outside the law.
  bool Evaluate(const double* theta) const;
  // The derivative of the residual by each parameter, [row, parameter].
  Eigen::ArrayXXd Jacobian(const double* theta) const;

  double mean_n_ = 0, mean_d_ = 0;  // of ln N, ln D
  double low_ = 0, high_ = 0;       // how far ln r* may be from the runs
  double min_n_ = 0, max_n_ = 1;    // of n_
  Eigen::ArrayXd n_, d_, rho_;      // centred ln N, ln D; ln r
  Eigen::ArrayXd at_largest_;       // 0 at min_n_, 1 at max_n_
  Eigen::ArrayXd ln_loss_, weights_;
  mutable Eigen::ArrayXd size_, tokens_, departure_, loss_, residual_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_LAWS_RATIO_LAW_ROWS_H_
