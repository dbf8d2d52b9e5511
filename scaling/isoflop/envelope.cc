#include "scaling/isoflop/envelope.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <tuple>
#include <utility>

#include "absl/strings/str_format.h"
#include "common/status/status_macros.h"
#include "common/text/counted.h"
#include "scaling/runs/fit_key.h"
#include "scaling/runs/run_clusters.h"
#include "scaling/statistics/cluster_covariance.h"

namespace isoshape {
namespace {

struct Point {
  double x, y;  // ln FLOPs, ln loss
  int row;
};

// Above 0 if c lies to the left of the way from a to b.
double Turn(const Point& a, const Point& b, const Point& c) {
  return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
}

// The runs from the least compute to the most, in which every resample of them
// is in order too; of equal FLOPs the best comes first.
std::vector<Point> InOrder(const Runs& runs) {
  const std::vector<double> flops = runs.TrainingFlops();
  std::vector<Point> points;
  for (size_t i = 0; i < runs.rows(); ++i) {
    points.push_back(
        {std::log(flops[i]), std::log(runs.loss[i]), static_cast<int>(i)});
  }
  std::sort(points.begin(), points.end(), [](const Point& a, const Point& b) {
    return std::tie(a.x, a.y, a.row) < std::tie(b.x, b.y, b.row);
  });
  return points;
}

// FitEnvelope of points in order; rows of weight 0 do not count.
absl::StatusOr<EnvelopeFit> FitInOrder(const Runs& runs,
                                       const std::vector<Point>& points,
                                       const std::vector<double>& weights) {
  // Monotone chain (Andrew 1979), lower side. Of equal FLOPs the runs after the
  // first lie above the hull.
  std::vector<Point> hull;
  int counted = 0;
  for (const Point& point : points) {
    if (!weights.empty() && weights[point.row] == 0) continue;
    ++counted;
    if (!hull.empty() && point.x == hull.back().x) continue;
    while (hull.size() >= 2 &&
           Turn(hull[hull.size() - 2], hull.back(), point) <= 0) {
      hull.pop_back();
    }
    hull.push_back(point);
  }
  // Beyond the least loss the hull only leads to the last run.
  const auto least = std::min_element(
      hull.begin(), hull.end(),
      [](const Point& a, const Point& b) { return a.y < b.y; });
  if (least != hull.end()) hull.erase(least + 1, hull.end());

  EnvelopeFit fit;
  std::vector<double> x, ln_size, ln_tokens, ln_loss;
  for (const Point& point : hull) {
    fit.rows.push_back(point.row);
    x.push_back(point.x);
    ln_size.push_back(std::log(runs.size[point.row]));
    ln_tokens.push_back(std::log(runs.tokens[point.row]));
    ln_loss.push_back(point.y);
  }
  if (hull.size() < 2) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "%d of %s %s on the lower envelope, which needs 2: more FLOPs never "
        "gave less loss, or all runs have the same; run larger budgets",
        hull.size(), Counted(counted, "run"), hull.size() == 1 ? "is" : "are"));
  }
  fit.law.size = FitLine(x, ln_size);
  fit.law.tokens = FitLine(x, ln_tokens);
  fit.law.loss = FitLine(x, ln_loss);
  fit.converged = true;
  return fit;
}

absl::StatusOr<Bootstrap<EnvelopeFit>> Resample(const Runs& runs,
                                                const Resampling& resampling,
                                                const Execution& execution) {
  const std::vector<Point> points = InOrder(runs);
  ISOSHAPE_ASSIGN_OR_RETURN(EnvelopeFit fit, FitInOrder(runs, points, {}));
  return RunBootstrap(
      std::move(fit), resampling, execution,
      [&](const std::vector<double>& weights) {
        return FitInOrder(runs, points, weights).value_or(EnvelopeFit());
      });
}

}  // namespace

double EnvelopeLaw::SizeAt(double flops) const {
  return std::exp(size.intercept + size.slope * std::log(flops));
}

absl::StatusOr<EnvelopeFit> FitEnvelope(const Runs& runs) {
  return FitInOrder(runs, InOrder(runs), {});
}

int RunsOnEnvelope(const Runs& runs, const EnvelopeFit& fit) {
  const std::vector<size_t> rows(fit.rows.begin(), fit.rows.end());
  const int clusters = CountClusters(RunClusters(runs, rows));
  return clusters > 0 ? clusters : static_cast<int>(rows.size());
}

absl::StatusOr<Bootstrap<EnvelopeFit>> BootstrapEnvelope(
    const Runs& runs, const Resampling& resampling,
    const Execution& execution) {
  const auto key = [&] {
    FitKey key("envelope");
    AddRuns(runs, key);
    AddResampling(resampling, key);
    return key;
  };
  return Shared<Bootstrap<EnvelopeFit>>(
      key, [&] { return Resample(runs, resampling, execution); });
}

}  // namespace isoshape
