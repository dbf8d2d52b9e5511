#include "scaling/isoflop/size_curve.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <tuple>

#include "absl/strings/str_format.h"

namespace isoshape {
namespace {

absl::Status CheckPositive(double value, const char* name, size_t row) {
  if (std::isfinite(value) && value > 0) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrFormat(
      "point %d: %s %g is not a finite positive number; leave the run out", row,
      name, value));
}

using Runs = std::vector<const ScalingPoint*>;

// `first` is the place of row 0.
ShapeMean MeanOfRuns(Runs& runs, const ScalingPoint* first, SizeCurve& curve) {
  // Sums in a fixed order, so that the order of the points changes no digit.
  std::sort(runs.begin(), runs.end(),
            [](const ScalingPoint* a, const ScalingPoint* b) {
              return std::tie(a->loss, a->tokens) <
                     std::tie(b->loss, b->tokens);
            });
  ShapeMean mean{.size = runs[0]->size,
                 .depth = runs[0]->depth,
                 .width = runs[0]->width,
                 .runs = static_cast<int>(runs.size())};
  for (const ScalingPoint* run : runs) {
    mean.loss += run->loss / mean.runs;
    mean.tokens += run->tokens / mean.runs;
    mean.rows.push_back(static_cast<int>(run - first));
  }
  for (const ScalingPoint* run : runs) {
    curve.seed_sum_of_squares +=
        (run->loss - mean.loss) * (run->loss - mean.loss);
  }
  curve.seed_degrees_of_freedom += mean.runs - 1;
  curve.runs += mean.runs;
  return mean;
}

SizeCurve MakeCurve(double budget, const Runs& runs,
                    const ScalingPoint* first) {
  SizeCurve curve;
  curve.budget = budget;
  std::map<std::tuple<double, double, double>, Runs> by_shape;
  std::vector<double> errors;
  for (const ScalingPoint* run : runs) {
    by_shape[{run->size, run->depth, run->width}].push_back(run);
    if (run->loss_stderr > 0) errors.push_back(run->loss_stderr);
  }
  std::sort(errors.begin(), errors.end());
  for (const double error : errors) {
    curve.mean_loss_stderr += error / static_cast<double>(errors.size());
  }
  double group_start = 0;
  for (auto& [shape, shape_runs] : by_shape) {
    const ShapeMean mean = MeanOfRuns(shape_runs, first, curve);
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

absl::Status CheckPoints(const std::vector<ScalingPoint>& points) {
  for (size_t i = 0; i < points.size(); ++i) {
    const ScalingPoint& point = points[i];
    const std::pair<const char*, double> fields[] = {
        {"size", point.size},     {"tokens", point.tokens},
        {"budget", point.budget}, {"loss", point.loss},
        {"depth", point.depth},   {"width", point.width}};
    for (const auto& [name, value] : fields) {
      if (absl::Status status = CheckPositive(value, name, i); !status.ok()) {
        return status;
      }
    }
    if (!std::isfinite(point.loss_stderr) || point.loss_stderr < 0) {
      return absl::InvalidArgumentError(absl::StrFormat(
          "point %d: loss_stderr %g is not a finite number >= 0; use 0 where "
          "it is not known",
          i, point.loss_stderr));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<SizeCurve>> MakeSizeCurves(
    const std::vector<ScalingPoint>& points) {
  if (absl::Status status = CheckPoints(points); !status.ok()) return status;
  std::map<double, Runs> by_budget;
  for (const ScalingPoint& point : points) {
    by_budget[point.budget].push_back(&point);
  }
  std::vector<SizeCurve> curves;
  curves.reserve(by_budget.size());
  for (const auto& [budget, runs] : by_budget) {
    curves.push_back(MakeCurve(budget, runs, points.data()));
  }
  return curves;
}

}  // namespace isoshape
