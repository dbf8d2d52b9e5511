#include "search/problem.h"

#include "absl/strings/str_cat.h"
#include "scaling/laws/weak_prior.h"
#include "search/nearest_feasible.h"

namespace isoshape {

absl::Status CheckProblem(const SearchProblem& problem, bool creating) {
  if (problem.budgets.empty()) {
    return absl::InvalidArgumentError("no budget is given; give at least one");
  }
  if (problem.tokens_per_step.size() != problem.budgets.size()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "tokens_per_step has ", problem.tokens_per_step.size(), " values for ",
        problem.budgets.size(), " budgets; give one for each"));
  }
  if (problem.seeds < 1) {
    return absl::InvalidArgumentError(absl::StrCat(
        "seeds ", problem.seeds, " is less than 1; give at least 1"));
  }
  for (size_t b = 0; b < problem.budgets.size(); ++b) {
    if (b > 0 && !(problem.budgets[b] > problem.budgets[b - 1])) {
      return absl::InvalidArgumentError(
          absl::StrCat("budget ", problem.budgets[b], " does not exceed ",
                       problem.budgets[b - 1], " before it; sort them"));
    }
    absl::Status status = CheckAnyFeasible(
        problem.space, problem.tokens_per_step[b], problem.budgets[b]);
    if (!status.ok() && (creating || absl::IsInvalidArgument(status))) {
      return status;
    }
  }
  return absl::OkStatus();
}

bool HasOptionsOf(const SearchSpace& space, Shape shape) {
  shape.depth = space.base.depth;
  shape.width = space.base.width;
  shape.heads = space.base.heads;
  shape.kv_heads = space.base.kv_heads;
  shape.ffn_width = space.base.ffn_width;
  return shape == space.base;
}

double FirstCenter(double center_size, double min_budget) {
  return center_size > 0 ? center_size : PriorSize(min_budget);
}

}  // namespace isoshape
