#include "scaling/laws/shape_test.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "scaling/runs/run_clusters.h"
#include "scaling/statistics/cluster_covariance.h"
#include "scaling/statistics/robust_deviation.h"
#include "scaling/statistics/student_t.h"

namespace isoshape {
namespace {

constexpr int kColumns = 9;
constexpr int kSquare = 8;        // the column of z^2
constexpr double kHuber = 1.345;  // 95 % efficient for normal residuals
constexpr int kReweightings = 30;
// Residuals beyond so many deviations are outliers, which are left out: with
// Huber's weights each still pulls as far as a run can, and a tenth of the runs
// pulling one way is no noise that a t test knows.
constexpr double kOutlier = 4;
// Columns that others give within this share of their length depend on them.
constexpr double kDependent = 1e-7;

// The derivatives of ln L by the law's parameters, and the terms of shape.
Eigen::MatrixXd Design(const Runs& runs, const PowerSum& plain) {
  const auto rows = static_cast<Eigen::Index>(runs.rows());
  Eigen::ArrayXd x(rows);
  Eigen::ArrayXd y(rows);
  Eigen::ArrayXd z(rows);
  for (Eigen::Index i = 0; i < rows; ++i) {
    x[i] = std::log(runs.size[i]);
    y[i] = std::log(runs.tokens[i]);
    z[i] = std::log(runs.width[i] / runs.depth[i]);
  }
  const Eigen::ArrayXd size = (plain.ln_a[0] - plain.alpha[0] * x).exp();
  const Eigen::ArrayXd tokens = (plain.ln_a[1] - plain.alpha[1] * y).exp();
  const Eigen::ArrayXd loss = plain.e + size + tokens;
  // Centred: the same space, in better condition.
  x -= x.mean();
  y -= y.mean();
  z -= z.mean();
  Eigen::MatrixXd design(rows, kColumns);
  design.col(0) = 1 / loss;
  design.col(1) = size / loss;
  design.col(2) = size / loss * x;
  design.col(3) = tokens / loss;
  design.col(4) = tokens / loss * y;
  design.col(5) = size / loss * x.square();
  design.col(6) = size / loss * z;
  design.col(7) = size / loss * x * z;
  design.col(kSquare) = size / loss * z.square();
  return design;
}

// A robust regression of residuals on a design.
struct Regression {
  Eigen::VectorXd coefficients, weights, residuals;
  Eigen::MatrixXd inverse;  // of X'WX
  double scale = 0;         // robust deviation of the residuals
};
Regression Regress(const Eigen::MatrixXd& design, const Eigen::VectorXd& y) {
  Regression fit;
  fit.weights = Eigen::VectorXd::Ones(y.size());
  const auto rows = static_cast<double>(y.size());
  for (int pass = 0; pass < kReweightings; ++pass) {
    const Eigen::MatrixXd weighted = fit.weights.asDiagonal() * design;
    fit.inverse = (design.transpose() * weighted)
                      .ldlt()
                      .solve(Eigen::MatrixXd::Identity(kColumns, kColumns));
    fit.coefficients = fit.inverse * (weighted.transpose() * y);
    fit.residuals = y - design * fit.coefficients;
    fit.scale = RobustDeviation({fit.residuals.begin(), fit.residuals.end()}) *
                std::sqrt(rows / (rows - kColumns));
    if (!(fit.scale > 0)) break;
    for (Eigen::Index i = 0; i < y.size(); ++i) {
      fit.weights[i] =
          std::min(1.0, kHuber * fit.scale /
                            std::max(std::abs(fit.residuals[i]), 1e-300));
    }
  }
  return fit;
}

// Variance of the coefficient of z^2 if all residuals are of one scale: the
// usual estimate, with Huber's correction (Huber 1973).
double Variance(const Eigen::MatrixXd& design, const Regression& fit,
                int degrees_of_freedom) {
  double squares = 0;
  double inside = 0;
  for (Eigen::Index i = 0; i < fit.weights.size(); ++i) {
    const double score = fit.weights[i] * fit.residuals[i];
    squares += score * score;
    if (fit.weights[i] == 1) {
      inside += 1.0 / static_cast<double>(fit.weights.size());
    }
  }
  const Eigen::MatrixXd inverse =
      (design.transpose() * design)
          .ldlt()
          .solve(Eigen::MatrixXd::Identity(kColumns, kColumns));
  return squares / degrees_of_freedom / std::max(inside * inside, 1e-6) *
         inverse(kSquare, kSquare);
}

// The rows without those whose residual is that of an outlier.
std::vector<Eigen::Index> Inliers(const Regression& fit) {
  const double limit = kOutlier * fit.scale;
  std::vector<Eigen::Index> inliers;
  for (Eigen::Index i = 0; i < fit.residuals.size(); ++i) {
    if (std::abs(fit.residuals[i]) <= limit) inliers.push_back(i);
  }
  return inliers;
}

// What `rows` rows leave over the columns that are tested; `clusters` number
// the cluster of each, and each is one of its own if they are empty.
int DegreesOfFreedom(int rows, const std::vector<int>& clusters) {
  const int groups = clusters.empty() ? rows : CountClusters(clusters);
  return std::min(rows - kColumns, groups - 1);
}

// Columns of length 1; false if they depend on each other.
bool Normalise(Eigen::MatrixXd& design) {
  const Eigen::RowVectorXd lengths = design.colwise().norm();
  for (Eigen::Index k = 0; k < kColumns; ++k) {
    design.col(k) /= std::max(lengths[k], 1e-300);
  }
  Eigen::ColPivHouseholderQR<Eigen::MatrixXd> rank(design);
  rank.setThreshold(kDependent);
  return rank.rank() == kColumns;
}

}  // namespace

ShapeTest TestShape(const Runs& runs, const PowerSum& plain) {
  ShapeTest test;
  Eigen::MatrixXd design = Design(runs, plain);
  // Rows times the root of their weights have errors of one deviation.
  for (size_t i = 0; i < runs.weight.size(); ++i) {
    design.row(static_cast<Eigen::Index>(i)) *= std::sqrt(runs.weight[i]);
  }
  const auto rows = static_cast<int>(design.rows());
  std::vector<int> clusters = RunClusters(runs);
  test.degrees_of_freedom = DegreesOfFreedom(rows, clusters);
  if (test.degrees_of_freedom < 2) {
    test.problem = absl::StrFormat(
        "%d runs are too few to test whether shape matters; give %d or more",
        clusters.empty() ? rows : CountClusters(clusters), kColumns + 2);
    return test;
  }
  if (!Normalise(design)) {
    test.problem =
        "the runs do not tell the aspect ratio from size and tokens; add runs "
        "of one size at several aspect ratios";
    return test;
  }
  Eigen::VectorXd y(rows);
  for (int i = 0; i < rows; ++i) {
    const auto k = static_cast<size_t>(i);
    y[i] = std::log(runs.loss[k]) -
           plain.LogLoss({std::log(runs.size[k]), std::log(runs.tokens[k])});
    if (!runs.weight.empty()) y[i] *= std::sqrt(runs.weight[k]);
  }
  Regression fit = Regress(design, y);
  const std::vector<Eigen::Index> inliers = Inliers(fit);
  const auto left = static_cast<int>(inliers.size());
  std::vector<int> left_clusters =
      RunClusters(runs, {inliers.begin(), inliers.end()});
  const int left_degrees = DegreesOfFreedom(left, left_clusters);
  if (fit.scale > 0 && left < rows && left_degrees >= 2) {
    Eigen::MatrixXd kept = design(inliers, Eigen::all);
    if (Normalise(kept)) {
      design = std::move(kept);
      clusters = std::move(left_clusters);
      test.degrees_of_freedom = left_degrees;
      fit = Regress(design, Eigen::VectorXd(y(inliers)));
    }
  }
  const double variance =
      clusters.empty()
          ? Variance(design, fit, test.degrees_of_freedom)
          : ClusterCovariance(design, fit.weights.cwiseProduct(fit.residuals),
                              fit.inverse, clusters)(kSquare, kSquare);
  test.t = fit.coefficients[kSquare] / std::sqrt(std::max(variance, 1e-300));
  test.p_value = StudentTCdf(-test.t, test.degrees_of_freedom);
  return test;
}

}  // namespace isoshape
