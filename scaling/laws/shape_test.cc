#include "scaling/laws/shape_test.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "absl/strings/str_format.h"
#include "scaling/statistics/student_t.h"

namespace isoshape {
namespace {

constexpr int kColumns = 9;
constexpr int kSquare = 8;        // the column of z^2
constexpr double kHuber = 1.345;  // 95 % efficient for normal residuals
constexpr int kReweightings = 30;

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

double MedianOf(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<long>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// The scale of normal residuals by their median.
double RobustScale(const Eigen::VectorXd& residuals) {
  constexpr double kNormal = 1.4826;
  std::vector<double> sizes;
  for (const double one : residuals) sizes.push_back(std::abs(one));
  return kNormal * MedianOf(std::move(sizes));
}

}  // namespace

ShapeTest TestShape(const Runs& runs, const PowerSum& plain) {
  ShapeTest test;
  Eigen::MatrixXd design = Design(runs, plain);
  const auto rows = static_cast<int>(design.rows());
  test.degrees_of_freedom = rows - kColumns;
  if (test.degrees_of_freedom < 2) {
    test.problem = absl::StrFormat(
        "%d runs are too few to test whether shape matters; give %d or more",
        rows, kColumns + 2);
    return test;
  }
  const Eigen::RowVectorXd lengths = design.colwise().norm();
  for (Eigen::Index k = 0; k < kColumns; ++k) {
    design.col(k) /= std::max(lengths[k], 1e-300);
  }
  Eigen::ColPivHouseholderQR<Eigen::MatrixXd> rank(design);
  rank.setThreshold(1e-7);
  if (rank.rank() < kColumns) {
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
  }
  Eigen::VectorXd weights = Eigen::VectorXd::Ones(rows);
  Eigen::VectorXd residuals;
  Eigen::VectorXd coefficients;
  Eigen::MatrixXd inverse;
  for (int pass = 0; pass < kReweightings; ++pass) {
    const Eigen::MatrixXd weighted = weights.asDiagonal() * design;
    inverse = (design.transpose() * weighted)
                  .ldlt()
                  .solve(Eigen::MatrixXd::Identity(kColumns, kColumns));
    coefficients = inverse * (weighted.transpose() * y);
    residuals = y - design * coefficients;
    const double scale =
        RobustScale(residuals) *
        std::sqrt(static_cast<double>(rows) / test.degrees_of_freedom);
    if (!(scale > 0)) break;
    for (int i = 0; i < rows; ++i) {
      weights[i] = std::min(
          1.0, kHuber * scale / std::max(std::abs(residuals[i]), 1e-300));
    }
  }
  // Sum over clusters of the outer products of their scores.
  std::vector<int> clusters;
  if (!runs.run.empty()) clusters = GroupNumbers(runs.run);
  const int groups =
      clusters.empty()
          ? rows
          : *std::max_element(clusters.begin(), clusters.end()) + 1;
  Eigen::MatrixXd scores = Eigen::MatrixXd::Zero(groups, kColumns);
  for (int i = 0; i < rows; ++i) {
    const int group = clusters.empty() ? i : clusters[static_cast<size_t>(i)];
    scores.row(group) += weights[i] * residuals[i] * design.row(i);
  }
  if (!clusters.empty()) {
    test.degrees_of_freedom = std::min(test.degrees_of_freedom, groups - 1);
  }
  double variance = 0;
  if (clusters.empty()) {
    // All residuals of one scale: the usual estimate, with Huber's correction.
    double squares = 0;
    double inside = 0;
    for (int i = 0; i < rows; ++i) {
      squares += weights[i] * residuals[i] * weights[i] * residuals[i];
      if (weights[i] == 1) inside += 1.0 / rows;
    }
    const double scale =
        squares / test.degrees_of_freedom / std::max(inside * inside, 1e-6);
    variance = scale * (design.transpose() * design)
                           .ldlt()
                           .solve(Eigen::MatrixXd::Identity(
                               kColumns, kColumns))(kSquare, kSquare);
  } else {
    const double correction = static_cast<double>(groups) /
                              std::max(1, groups - 1) * (rows - 1) /
                              std::max(1, rows - kColumns);
    variance = correction * (inverse * scores.transpose() * scores * inverse)(
                                kSquare, kSquare);
  }
  if (test.degrees_of_freedom < 2) {
    test.problem = "too few runs are independent to test whether shape matters";
    return test;
  }
  test.t = coefficients[kSquare] / std::sqrt(std::max(variance, 1e-300));
  test.p_value = StudentTCdf(-test.t, test.degrees_of_freedom);
  return test;
}

}  // namespace isoshape
