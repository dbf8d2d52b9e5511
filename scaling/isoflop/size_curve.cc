#include "scaling/isoflop/size_curve.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <tuple>

#include "scaling/runs/equal_size.h"

namespace isoshape {
namespace {

// Averages the runs of one shape, and counts them in `curve`.
ShapeMean MeanOfRuns(const Runs& runs, std::vector<int> rows,
                     SizeCurve& curve) {
  // Sums in a fixed order, so that the order of the runs changes no digit.
  std::sort(rows.begin(), rows.end(), [&](int a, int b) {
    return std::tie(runs.loss[a], runs.tokens[a]) <
           std::tie(runs.loss[b], runs.tokens[b]);
  });
  ShapeMean mean{.size = runs.size[rows[0]],
                 .depth = runs.has_shapes() ? runs.depth[rows[0]] : 0,
                 .width = runs.has_shapes() ? runs.width[rows[0]] : 0,
                 .runs = static_cast<int>(rows.size())};
  const auto weight = [&](int row) {
    return runs.weight.empty() ? 1 : runs.weight[row];
  };
  for (const int row : rows) mean.weight += weight(row);
  for (const int row : rows) {
    mean.loss += weight(row) * runs.loss[row] / mean.weight;
    mean.tokens += weight(row) * runs.tokens[row] / mean.weight;
  }
  for (const int row : rows) {
    const double departure = runs.loss[row] - mean.loss;
    curve.seed_sum_of_squares += weight(row) * departure * departure;
  }
  mean.rows = std::move(rows);
  curve.seed_degrees_of_freedom += mean.runs - 1;
  curve.runs += mean.runs;
  return mean;
}

double MeanKnownError(const Runs& runs, const std::vector<int>& rows) {
  if (runs.loss_stderr.empty()) return 0;
  std::vector<double> errors;
  for (const int row : rows) {
    if (runs.loss_stderr[row] > 0) errors.push_back(runs.loss_stderr[row]);
  }
  std::sort(errors.begin(), errors.end());
  double mean = 0;
  for (const double error : errors) {
    mean += error / static_cast<double>(errors.size());
  }
  return mean;
}

SizeCurve MakeCurve(double budget, const Runs& runs,
                    const std::vector<int>& rows) {
  SizeCurve curve;
  curve.budget = budget;
  curve.mean_loss_stderr = MeanKnownError(runs, rows);
  std::map<std::tuple<double, double, double>, std::vector<int>> by_shape;
  for (const int row : rows) {
    const double depth = runs.has_shapes() ? runs.depth[row] : 0;
    const double width = runs.has_shapes() ? runs.width[row] : 0;
    by_shape[{runs.size[row], depth, width}].push_back(row);
  }
  double group_start = 0;
  for (const auto& [shape, shape_rows] : by_shape) {
    const ShapeMean mean = MeanOfRuns(runs, shape_rows, curve);
    if (curve.points.empty() || mean.size >= group_start * kEqualSizeFactor) {
      group_start = mean.size;
      curve.points.emplace_back();
    }
    curve.points.back().shapes.push_back(mean);
  }
  for (SizePoint& point : curve.points) {
    std::stable_sort(
        point.shapes.begin(), point.shapes.end(),
        [](const ShapeMean& a, const ShapeMean& b) { return a.loss < b.loss; });
    point.best = point.shapes.front();
  }
  return curve;
}

}  // namespace

const ShapeMean& SizeCurve::best() const {
  return std::min_element(points.begin(), points.end(),
                          [](const SizePoint& a, const SizePoint& b) {
                            return a.best.loss < b.best.loss;
                          })
      ->best;
}

std::vector<SizeCurve> MakeSizeCurves(const Runs& runs) {
  std::map<double, std::vector<int>> by_budget;
  for (size_t i = 0; i < runs.rows(); ++i) {
    by_budget[runs.budget[i]].push_back(static_cast<int>(i));
  }
  std::vector<SizeCurve> curves;
  curves.reserve(by_budget.size());
  for (const auto& [budget, rows] : by_budget) {
    curves.push_back(MakeCurve(budget, runs, rows));
  }
  return curves;
}

}  // namespace isoshape
