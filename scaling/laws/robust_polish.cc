#include "scaling/laws/robust_polish.h"

#include <ceres/first_order_function.h>
#include <ceres/gradient_problem.h>
#include <ceres/gradient_problem_solver.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "common/threads/cancellation.h"
#include "scaling/laws/ceres_log.h"
#include "scaling/laws/power_sum.h"

namespace isoshape {
namespace {

// A relative gain of 5e-13 of the objective: what doubles resolve.
constexpr double kGradientTolerance = 1e-6;
// Residuals below this count as none.
constexpr double kExactResidual = 1e-10;

// Newton's method takes at most so many steps, each in so many tries, and moves
// a parameter by at most so much in one.
constexpr int kNewtonSteps = 40;
constexpr int kNewtonTries = 10;
constexpr double kNewtonReach = 1;
// A norm of the gradient from which on steps are of the second order, and what
// of the tolerance the next one may be expected to leave.
constexpr double kNear = 0.1;
constexpr double kSafety = 0.1;
constexpr double kFar = std::numeric_limits<double>::infinity();

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
    if (Cancelled()) return false;  // which ends the search
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

// The parameters that a step may move: all but those at a bound beyond which
// the objective falls.
std::vector<Eigen::Index> Free(const Eigen::VectorXd& theta,
                               const Eigen::VectorXd& gradient,
                               const Bounds& bounds) {
  std::vector<Eigen::Index> free;
  for (Eigen::Index k = 0; k < theta.size(); ++k) {
    const bool held = (theta[k] <= bounds.lower[k] && gradient[k] > 0) ||
                      (theta[k] >= bounds.upper[k] && gradient[k] < 0);
    if (!held) free.push_back(k);
  }
  return free;
}

// The step of Newton's method in those parameters, the diagonal of the Hessian
// being raised by `damping`; none if it is not positive definite even so.
std::optional<Eigen::VectorXd> NewtonStep(const LocalModel& model,
                                          const std::vector<Eigen::Index>& free,
                                          double damping) {
  Eigen::MatrixXd hessian = model.hessian(free, free);
  hessian.diagonal() += damping * hessian.diagonal().cwiseAbs();
  const Eigen::LLT<Eigen::MatrixXd> solver(hessian);
  if (solver.info() != Eigen::Success) return std::nullopt;
  Eigen::VectorXd step = Eigen::VectorXd::Zero(model.gradient.size());
  step(free) = -solver.solve(Eigen::VectorXd(model.gradient(free)));
  if (!step.allFinite()) return std::nullopt;
  return step;
}

}  // namespace

Bounds RobustRows::bounds() const {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  return {.lower = Eigen::VectorXd::Constant(parameters(), -kInfinity),
          .upper = Eigen::VectorXd::Constant(parameters(), kInfinity)};
}

double ObjectiveFloor(const RobustRows& rows, double delta) {
  return rows.total_weight() * RobustLoss{.huber_delta = delta}(kExactResidual);
}

Polished PolishByNewton(const RobustRows& rows, double delta,
                        Eigen::VectorXd theta) {
  const Bounds bounds = rows.bounds();
  const double floor = ObjectiveFloor(rows, delta);
  Polished result;
  theta = theta.cwiseMax(bounds.lower).cwiseMin(bounds.upper);
  LocalModel model = rows.Expand(theta, delta);
  double damping = 0;
  double before = kFar;  // the norm a full step ago
  for (int k = 0; k < kNewtonSteps && std::isfinite(model.objective); ++k) {
    const double scale = std::max(model.objective, floor);
    const std::vector<Eigen::Index> free = Free(theta, model.gradient, bounds);
    bool down = false;
    for (int i = 0; i < kNewtonTries && !down && !Cancelled(); ++i) {
      const auto step = NewtonStep(model, free, damping);
      const Eigen::VectorXd next =
          !step ? theta
                : (theta + step->cwiseMax(-kNewtonReach).cwiseMin(kNewtonReach))
                      .cwiseMax(bounds.lower)
                      .cwiseMin(bounds.upper);
      if (step && damping == 0) {
        const double gain = std::max(0.0, -step->dot(model.gradient));
        const double norm = std::sqrt(gain / scale);
        result = {theta, model.objective, norm};
        if (norm < kGradientTolerance) return result;
        // It shrinks as its square, so that a pass that would only see so is
        // spared.
        const double expected = norm * (norm / before) * (norm / before);
        if (before < kNear && expected < kSafety * kGradientTolerance &&
            next == theta + *step) {
          return {next, model.objective - gain / 2, expected};
        }
        before = norm;
      }
      if (step) {
        LocalModel there = rows.Expand(next, delta);
        if (there.objective < model.objective) {
          theta = next;
          model = std::move(there);
          damping = damping < 1e-6 ? 0 : damping / 10;
          down = true;
          continue;
        }
      }
      // What is left of the gradient is rounding.
      if (damping == 0 && result.converged()) return result;
      damping = std::max(1e-4, 10 * damping);
      before = kFar;
    }
    if (!down) break;
  }
  if (!std::isfinite(result.objective) || model.objective < result.objective) {
    result = {theta, model.objective, std::numeric_limits<double>::infinity()};
  }
  return result;
}

Polished Polish(const RobustRows& rows, double delta, Eigen::VectorXd theta) {
  Polished result;
  if (rows.rows() > kManyRows) {
    result = PolishByNewton(rows, delta, theta);
    if (result.converged()) return result;
    if (std::isfinite(result.objective)) theta = result.theta;
  }
  KeepCeresLogOffScreen();
  const double floor = ObjectiveFloor(rows, delta);
  ceres::GradientProblemSolver::Options options;
  options.line_search_direction_type = ceres::BFGS;
  options.logging_type = ceres::SILENT;
  options.max_num_iterations = 100;
  options.gradient_tolerance = 0.3 * kGradientTolerance;
  options.function_tolerance = 1e-15;
  options.parameter_tolerance = 1e-15;
  for (int round = 0; round < 6 && (round == 0 || !Cancelled()); ++round) {
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
