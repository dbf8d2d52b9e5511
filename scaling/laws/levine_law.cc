#include "scaling/laws/levine_law.h"

#include <cmath>
#include <cstddef>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "common/status/status_macros.h"

namespace isoshape {
namespace {

// The best runs of the budgets at which several shapes were tried.
struct BestRuns {
  std::vector<size_t> rows;
  size_t budgets = 0;  // of all runs that count
};

BestRuns FindBest(const Runs& runs, const std::vector<double>& weights) {
  struct Level {
    size_t best;  // row of least loss
    std::set<std::pair<double, double>> shapes;
  };
  std::map<double, Level> levels;
  for (size_t i = 0; i < runs.rows(); ++i) {
    if (!weights.empty() && weights[i] == 0) continue;
    Level& level =
        levels.try_emplace(runs.budget[i], Level{i, {}}).first->second;
    level.shapes.insert({runs.width[i], runs.depth[i]});
    if (runs.loss[i] < runs.loss[level.best]) level.best = i;
  }
  BestRuns best{.rows = {}, .budgets = levels.size()};
  for (const auto& [budget, level] : levels) {
    if (level.shapes.size() > 1) best.rows.push_back(level.best);
  }
  return best;
}

}  // namespace

absl::StatusOr<LevineFit> FitLevine(const Runs& runs,
                                    const std::vector<double>& weights) {
  if (runs.width.empty() || runs.depth.empty() || runs.budget.empty()) {
    return absl::FailedPreconditionError(
        "the law of Levine et al. needs the columns width, depth and budget; "
        "name the columns that hold them");
  }
  const auto [best, budgets] = FindBest(runs, weights);
  LevineFit fit;
  fit.optima = static_cast<int>(best.size());
  fit.single = static_cast<int>(budgets - best.size());
  if (best.size() < 2) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "%d of %d budgets tried several shapes; the law of Levine et al. needs "
        "two",
        best.size(), budgets));
  }
  double depth = 0;
  double width = 0;
  const auto count = static_cast<double>(best.size());
  for (const size_t i : best) {
    depth += runs.depth[i] / count;
    width += std::log(runs.width[i]) / count;
  }
  double xx = 0;
  double xy = 0;
  for (const size_t i : best) {
    const double x = runs.depth[i] - depth;
    xx += x * x;
    xy += x * (std::log(runs.width[i]) - width);
  }
  if (!(xx > 0)) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "the best shapes of the %d budgets all have depth %g: the law of "
        "Levine et al. needs best shapes of different depth",
        best.size(), depth));
  }
  fit.law.b = xy / xx;
  fit.law.a = width - fit.law.b * depth;
  double squares = 0;
  for (const size_t i : best) {
    const double r =
        std::log(runs.width[i]) - fit.law.a - fit.law.b * runs.depth[i];
    squares += r * r;
  }
  fit.rmse = std::sqrt(squares / count);
  fit.converged = true;
  return fit;
}

absl::StatusOr<Bootstrap<LevineFit>> BootstrapLevine(
    const Runs& runs, const Resampling& resampling,
    const Execution& execution) {
  ISOSHAPE_ASSIGN_OR_RETURN(const LevineFit fit, FitLevine(runs));
  return RunBootstrap(fit, resampling, execution,
                      [&](const std::vector<double>& weights) {
                        return FitLevine(runs, weights).value_or(LevineFit());
                      });
}

}  // namespace isoshape
