#include "scaling/surface/curvature_test.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "scaling/runs/geometry.h"
#include "scaling/runs/run_clusters.h"
#include "scaling/runs/size_remedy.h"
#include "scaling/statistics/cluster_covariance.h"
#include "scaling/statistics/student_t.h"

namespace isoshape {
namespace {

// How many computes the runs used are of, those within kOneBudget being one; at
// most three are told apart.
int Computes(const SurfaceFit& fit, const Runs& runs, const ComputeRule& rule) {
  std::vector<double> ln_flops;
  for (size_t i = 0; i < runs.rows(); ++i) {
    if (!fit.used[i]) continue;
    ln_flops.push_back(PointOf(runs, rule, false, i).ln_flops);
  }
  std::sort(ln_flops.begin(), ln_flops.end());
  int computes = 1;
  double first = ln_flops.front();
  for (const double one : ln_flops) {
    if (one - first <= std::log(kOneBudget)) continue;
    ++computes;
    first = one;
  }
  return std::min(computes, 3);
}

// The clusters of the runs used.
std::vector<int> Clusters(const SurfaceFit& fit, const Runs& runs) {
  std::vector<size_t> used;
  for (size_t i = 0; i < runs.rows(); ++i) {
    if (fit.used[i]) used.push_back(i);
  }
  return RunClusters(runs, used);
}

}  // namespace

double LeastCurvature(const SurfacePrior& prior) {
  return std::exp(prior.mean[Surface::kLnCurvature] -
                  2 * prior.deviation[Surface::kLnCurvature]);
}

double CurvaturePValue(const SurfaceFit& fit, const Runs& runs,
                       const ComputeRule& rule, double least) {
  const int rows = fit.runs();
  // At one compute its terms are one constant, at two they have no bend.
  const int computes = Computes(fit, runs, rule);
  const int columns = computes == 1 ? 3 : computes == 2 ? 5 : 6;
  const std::vector<int> clusters = Clusters(fit, runs);
  // Points of one run are no independent runs.
  const int groups = clusters.empty() ? rows : CountClusters(clusters);
  const int degrees_of_freedom = std::min(rows - columns, groups - 1);
  if (degrees_of_freedom < 1) return 1;
  Eigen::MatrixXd design(rows, columns);
  Eigen::VectorXd y(rows);
  Eigen::VectorXd weights(rows);
  int row = 0;
  for (size_t i = 0; i < runs.rows(); ++i) {
    if (!fit.used[i]) continue;
    const SurfacePoint point = PointOf(runs, rule, false, i);
    const double c = point.ln_flops - fit.surface.ln_flops;
    const double v = point.ln_size - fit.surface.LnBestSize(point.ln_flops);
    const double all[] = {v * v, 1, v, c, v * c, c * c};
    for (int k = 0; k < columns; ++k) design(row, k) = all[k];
    y[row] = std::log(runs.loss[i]);
    weights[row] =
        (runs.weight.empty() ? 1 : runs.weight[i]) *
        std::min(1.0, SurfaceOptions().huber * fit.noise /
                          std::max(std::abs(fit.residuals[i]), 1e-300));
    ++row;
  }
  const Eigen::MatrixXd weighted = weights.asDiagonal() * design;
  const Eigen::ColPivHouseholderQR<Eigen::MatrixXd> solver(design.transpose() *
                                                           weighted);
  if (solver.rank() < columns) return 1;
  const Eigen::VectorXd coefficients = solver.solve(weighted.transpose() * y);
  const Eigen::VectorXd residuals = y - design * coefficients;
  const Eigen::MatrixXd inverse = solver.inverse();
  const double variance =
      clusters.empty()
          ? residuals.cwiseAbs2().dot(weights) / degrees_of_freedom *
                inverse(0, 0)
          : ClusterCovariance(design, weights.cwiseProduct(residuals), inverse,
                              clusters)(0, 0);
  // The coefficient of v^2 is half the curvature.
  const double t =
      (coefficients[0] - least / 2) / std::sqrt(std::max(variance, 1e-300));
  return StudentTCdf(-t, degrees_of_freedom);
}

std::string FlatCurves(const SurfaceFit& fit, const Runs& runs,
                       const ComputeRule& rule, double level) {
  const double least = LeastCurvature(fit.prior);
  const double p_value = CurvaturePValue(fit, runs, rule, least);
  if (p_value < (1 - level) / 2) return "";
  return WithRemedy(
      absl::StrFormat("loss hardly curves over size at equal compute (p = %.2g "
                      "of a curvature of at most %.2g)",
                      p_value, least),
      RemedyText(SizeRemedy::kFurther, TriedAtLargest(runs, kOneBudget)));
}

}  // namespace isoshape
