#include "scaling/laws/robust_polish.h"

#include <ceres/first_order_function.h>
#include <ceres/gradient_problem.h>
#include <ceres/gradient_problem_solver.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "scaling/laws/ceres_log.h"
#include "scaling/laws/power_sum.h"

namespace isoshape {
namespace {

// A relative gain of 5e-13 of the objective: what doubles resolve.
constexpr double kGradientTolerance = 1e-6;
// Residuals below this count as none.
constexpr double kExactResidual = 1e-10;

// T with T'HT = 1, directions that H does not fix being held to a finite
// length.
Eigen::MatrixXd Whitening(const Eigen::MatrixXd& curvature) {
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(curvature);
  const Eigen::VectorXd& values = solver.eigenvalues();
  const double floor =
      std::max(1e-14 * values.maxCoeff(), std::numeric_limits<double>::min());
  return solver.eigenvectors() *
         values.cwiseMax(floor).cwiseSqrt().cwiseInverse().asDiagonal();
}

// The objective / `scale` over z, theta = origin + transform z.
class WhitenedObjective : public ceres::FirstOrderFunction {
 public:
  WhitenedObjective(const RobustRows& rows, double delta, double scale,
                    const Eigen::VectorXd& origin,
                    const Eigen::MatrixXd& transform)
      : rows_(rows),
        delta_(delta),
        scale_(scale),
        origin_(origin),
        transform_(transform) {}

  bool Evaluate(const double* z, double* cost,
                double* gradient) const override {
    const Eigen::Map<const Eigen::VectorXd> map(z, NumParameters());
    const Eigen::VectorXd theta = origin_ + transform_ * map;
    Eigen::VectorXd by_theta(theta.size());
    *cost = rows_.Objective(theta.data(), delta_,
                            gradient == nullptr ? nullptr : by_theta.data()) /
            scale_;
    if (!std::isfinite(*cost)) return false;
    if (gradient != nullptr) {
      Eigen::Map<Eigen::VectorXd>(gradient, NumParameters()) =
          transform_.transpose() * by_theta / scale_;
    }
    return true;
  }
  int NumParameters() const override {
    return static_cast<int>(origin_.size());
  }

 private:
  const RobustRows& rows_;
  double delta_, scale_;
  const Eigen::VectorXd& origin_;
  const Eigen::MatrixXd& transform_;
};

}  // namespace

double ObjectiveFloor(const RobustRows& rows, double delta) {
  return rows.total_weight() * RobustLoss{.huber_delta = delta}(kExactResidual);
}

Polished Polish(const RobustRows& rows, double delta, Eigen::VectorXd theta) {
  KeepCeresLogOffScreen();
  Polished result;
  const double floor = ObjectiveFloor(rows, delta);
  ceres::GradientProblemSolver::Options options;
  options.line_search_direction_type = ceres::BFGS;
  options.logging_type = ceres::SILENT;
  options.max_num_iterations = 100;
  options.gradient_tolerance = 0.3 * kGradientTolerance;
  options.function_tolerance = 1e-15;
  options.parameter_tolerance = 1e-15;
  for (int round = 0; round < 6; ++round) {
    Eigen::VectorXd gradient(theta.size());
    const double objective =
        rows.Objective(theta.data(), delta, gradient.data());
    if (!std::isfinite(objective)) return result;
    const double scale = std::max(objective, floor);
    const Eigen::MatrixXd transform =
        Whitening(rows.Curvature(theta, delta) / scale);
    const double norm = (transform.transpose() * gradient).norm() / scale;
    if (norm < result.gradient_norm || objective < result.objective) {
      result = {theta, objective, norm};
    }
    if (norm < kGradientTolerance) break;
    const ceres::GradientProblem problem(
        new WhitenedObjective(rows, delta, scale, theta, transform));
    Eigen::VectorXd z = Eigen::VectorXd::Zero(theta.size());
    ceres::GradientProblemSolver::Summary summary;
    ceres::Solve(options, problem, z.data(), &summary);
    if (z.isZero(0)) break;
    theta += transform * z;
  }
  return result;
}

}  // namespace isoshape
