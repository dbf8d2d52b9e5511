#include "search/nearest_feasible.h"

#include <cmath>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace isoshape {

absl::Status CheckAnyFeasible(const SearchSpace& space, int64_t tokens_per_step,
                              double budget_flops) {
  if (!(budget_flops > 0) || !std::isfinite(budget_flops)) {
    return absl::InvalidArgumentError(
        absl::StrCat("budget ", budget_flops,
                     " FLOPs is not a positive finite number; give one"));
  }
  if (tokens_per_step < 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("tokens_per_step ", tokens_per_step,
                     " is less than 1; give at least the context"));
  }
  std::string problem = SpaceProblem(space);
  if (!problem.empty()) return absl::InvalidArgumentError(problem);
  problem = NoShapeProblem(space, tokens_per_step, budget_flops);
  if (!problem.empty()) return absl::FailedPreconditionError(problem);
  return absl::OkStatus();
}

absl::StatusOr<Shape> NearestFeasible(
    const SearchSpace& space, int64_t tokens_per_step, double budget_flops,
    const ShapeTarget& target,
    const std::function<bool(const Shape&)>& accept) {
  absl::Status status = CheckAnyFeasible(space, tokens_per_step, budget_flops);
  if (!status.ok()) return status;
  if (!(target.size > 0) || !std::isfinite(target.size) ||
      !(target.aspect_ratio > 0) || !std::isfinite(target.aspect_ratio)) {
    return absl::InvalidArgumentError(
        absl::StrFormat("size %g at aspect ratio %g is no target; both are "
                        "positive and finite",
                        target.size, target.aspect_ratio));
  }
  const std::optional<Shape> shape = NearestFeasibleShape(
      space, tokens_per_step, budget_flops, target, accept);
  if (shape.has_value()) return *shape;
  return absl::NotFoundError(absl::StrFormat(
      "no further feasible shape is within %g %% of size %g at %g FLOPs; "
      "widen the bounds of depth and width or lower ffn_multiple",
      100 * target.size_tolerance, target.size, budget_flops));
}

}  // namespace isoshape
