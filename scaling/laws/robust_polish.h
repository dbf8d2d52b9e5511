#ifndef ISOSHAPE_SCALING_LAWS_ROBUST_POLISH_H_
#define ISOSHAPE_SCALING_LAWS_ROBUST_POLISH_H_

#include <Eigen/Dense>
#include <limits>

namespace isoshape {

// An objective about a point, up to the second order.
struct LocalModel {
  double objective = std::numeric_limits<double>::infinity();
  Eigen::VectorXd gradient;
  Eigen::MatrixXd hessian;
};

// The least and the largest value of each parameter.
struct Bounds {
  Eigen::VectorXd lower, upper;
};

// A law's fit to rows: residuals r of ln loss as functions of a parameter
// vector theta, in centred and scaled coordinates. One thread at a time.
class RobustRows {
 public:
  virtual ~RobustRows() = default;
  virtual int parameters() const = 0;
  virtual int rows() const = 0;
  virtual double total_weight() const = 0;

  // Sum of weight * Huber(r), and its gradient if `gradient` is not null. Not
  // finite if theta overflows or is outside the law.
  virtual double Objective(const double* theta, double delta,
                           double* gradient) const = 0;

  // sum weight * min(1, delta / |r|) J J', J the derivative of r: the curvature
  // of the objective, had r no second derivative, and an upper bound of it in
  // r (iteratively reweighted least squares).
  virtual Eigen::MatrixXd Curvature(const Eigen::VectorXd& theta,
                                    double delta) const = 0;

  // Objective with its exact derivatives. The second of rho is 1 where |r| <=
  // delta, else 0. The objective is not finite where Objective is not.
  virtual LocalModel Expand(const Eigen::VectorXd& theta,
                            double delta) const = 0;

  // Where theta may lie; infinite by default.
  virtual Bounds bounds() const;
};

// A polish with a larger gradient is not called converged. At this one, 5e-11
// of the objective could still be gained.
inline constexpr double kConvergedGradient = 1e-5;

struct Polished {
  Eigen::VectorXd theta;
  double objective = std::numeric_limits<double>::infinity();
  // Norm of the gradient of ln(objective), in coordinates in which the
  // curvature is about 1 in every direction: half its square is the share of
  // the objective that could still be gained.
  double gradient_norm = std::numeric_limits<double>::infinity();

  bool converged() const { return gradient_norm < kConvergedGradient; }
};

// Of more rows than this one pass over them costs so much that Newton's method,
// which needs few, is tried before BFGS, which needs dozens.
inline constexpr int kManyRows = 2000;

// Goes down from theta to a local minimum: BFGS (Ceres) in coordinates that are
// whitened by Curvature, anew until the gradient vanishes. Of more than
// kManyRows rows by PolishByNewton, if that converges.
Polished Polish(const RobustRows& rows, double delta, Eigen::VectorXd theta);

// The same by Newton's method, projected onto the bounds of the rows (Bertsekas
// 1982), where the gradient is that of the parameters that are free. From a
// start near the minimum, such as the law of all rows for a resample of them,
// three or four passes over the rows suffice. It may stop before it converges.
Polished PolishByNewton(const RobustRows& rows, double delta,
                        Eigen::VectorXd theta);

// An objective below this means that the data have no noise.
double ObjectiveFloor(const RobustRows& rows, double delta);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_LAWS_ROBUST_POLISH_H_
