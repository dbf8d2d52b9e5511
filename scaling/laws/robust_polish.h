#ifndef ISOSHAPE_SCALING_LAWS_ROBUST_POLISH_H_
#define ISOSHAPE_SCALING_LAWS_ROBUST_POLISH_H_

#include <Eigen/Dense>
#include <limits>

namespace isoshape {

// A law's fit to rows: residuals r of ln loss as functions of a parameter
// vector theta, in centred and scaled coordinates. One thread at a time.
class RobustRows {
 public:
  virtual ~RobustRows() = default;
  virtual int parameters() const = 0;
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

// Goes down from theta to a local minimum: BFGS (Ceres) in coordinates that are
// whitened by Curvature, anew until the gradient vanishes.
Polished Polish(const RobustRows& rows, double delta, Eigen::VectorXd theta);

// An objective below this means that the data have no noise.
double ObjectiveFloor(const RobustRows& rows, double delta);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_LAWS_ROBUST_POLISH_H_
