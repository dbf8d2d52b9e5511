#include "scaling/isoflop/isoflop_checks.h"

#include <algorithm>

#include "absl/strings/str_format.h"
#include "common/status/field_checks.h"
#include "common/status/status_macros.h"
#include "common/text/counted.h"

namespace isoshape {

absl::Status CheckIsoflop(const Runs& runs, const Resampling& resampling,
                          const IsoflopOptions& options) {
  ISOSHAPE_RETURN_IF_ERROR(CheckRuns(runs));
  ISOSHAPE_RETURN_IF_ERROR(CheckLevel(options.level));
  if (!(options.rule.window_factor > 1) || options.rule.min_sizes < 3) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "window_factor %g must be above 1 and min_sizes %d at least 3",
        options.rule.window_factor, options.rule.min_sizes));
  }
  if (resampling.rows() != runs.rows()) {
    return absl::InvalidArgumentError(
        absl::StrFormat("the resampling is of %d rows and there are %d runs",
                        resampling.rows(), runs.rows()));
  }
  if (runs.budget.empty()) {
    return absl::FailedPreconditionError(
        "an isoFLOP fit needs the budget of every run: name that column, such "
        "as the one of FLOPs if it is equal over a level; for runs that share "
        "no compute set law surface or parametric");
  }
  return absl::OkStatus();
}

absl::Status CheckCurves(const std::vector<SizeCurve>& curves, size_t runs) {
  bool any_three = false;
  bool any_difference = false;
  for (const SizeCurve& curve : curves) {
    if (curve.points.size() < 3) continue;
    any_three = true;
    const double first = curve.points.front().best.loss;
    any_difference |= std::any_of(
        curve.points.begin(), curve.points.end(),
        [first](const SizePoint& size) { return size.best.loss != first; });
  }
  if (!any_three) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "no budget has 3 sizes (%s at %s), which an optimum "
        "needs; run more sizes at one budget, or, of a file, name the column "
        "that is equal over a level",
        Counted(static_cast<int64_t>(runs), "run"),
        Counted(static_cast<int64_t>(curves.size()), "budget")));
  }
  if (!any_difference) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "all losses of a budget are equal (%g): nothing to fit; check what the "
        "trainer reports",
        curves.front().best().loss));
  }
  return absl::OkStatus();
}

}  // namespace isoshape
