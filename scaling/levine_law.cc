#include "scaling/levine_law.h"

#include <cmath>
#include <cstddef>
#include <map>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"

namespace isoshape {

absl::StatusOr<LevineFit> FitLevine(const RunTable& table,
                                    const std::vector<double>& weights) {
  if (table.width.empty() || table.depth.empty() || table.budget.empty()) {
    return absl::FailedPreconditionError(
        "the law of Levine et al. needs the columns width, depth and budget; "
        "name the columns that hold them");
  }
  std::map<double, size_t> best;  // row of least loss, by budget
  for (size_t i = 0; i < table.rows(); ++i) {
    if (!weights.empty() && weights[i] == 0) continue;
    const auto [it, added] = best.try_emplace(table.budget[i], i);
    if (!added && table.loss[i] < table.loss[it->second]) it->second = i;
  }
  double depth = 0;
  double width = 0;
  const auto count = static_cast<double>(best.size());
  for (const auto& [budget, i] : best) {
    depth += table.depth[i] / count;
    width += std::log(table.width[i]) / count;
  }
  double xx = 0;
  double xy = 0;
  for (const auto& [budget, i] : best) {
    const double x = table.depth[i] - depth;
    xx += x * x;
    xy += x * (std::log(table.width[i]) - width);
  }
  if (!(xx > 0)) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "the best shapes of the %d budgets all have depth %g: the law of "
        "Levine et al. needs best shapes of different depth",
        best.size(), depth));
  }
  LevineFit fit;
  fit.law.b = xy / xx;
  fit.law.a = width - fit.law.b * depth;
  fit.optima = static_cast<int>(best.size());
  double squares = 0;
  for (const auto& [budget, i] : best) {
    const double r =
        std::log(table.width[i]) - fit.law.a - fit.law.b * table.depth[i];
    squares += r * r;
  }
  fit.rmse = std::sqrt(squares / count);
  fit.converged = true;
  return fit;
}

absl::StatusOr<Bootstrap<LevineFit>> BootstrapLevine(
    const RunTable& table, const Resampling& resampling,
    const Execution& execution) {
  const absl::StatusOr<LevineFit> fit = FitLevine(table);
  if (!fit.ok()) return fit.status();
  return RunBootstrap(*fit, resampling, execution,
                      [&](const std::vector<double>& weights) {
                        return FitLevine(table, weights).value_or(LevineFit());
                      });
}

}  // namespace isoshape
