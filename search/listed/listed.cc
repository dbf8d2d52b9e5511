#include "search/listed/listed.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status/status_macros.h"
#include "common/text/counted.h"
#include "common/text/format_number.h"
#include "search/problem.h"
#include "search/trial_index.h"
#include "shape/feasible.h"

namespace isoshape {
namespace {

// The shape of these options with the depth, width, heads and ffn_width of
// `sizes`.
Shape WithSizes(const Shape& options, const Shape& sizes) {
  Shape shape = options;
  shape.depth = sizes.depth;
  shape.width = sizes.width;
  shape.heads = sizes.heads;
  shape.kv_heads = sizes.kv_heads;
  shape.ffn_width = sizes.ffn_width;
  return shape;
}

}  // namespace

absl::StatusOr<Proposals> ListedSearch::Propose(
    const SearchProblem& problem, const std::vector<PastTrial>& history) const {
  ISOSHAPE_RETURN_IF_ERROR(CheckProblem(problem, history.empty()));
  const TrialIndex index(problem, history);
  Proposals proposals;
  proposals.done = true;
  proposals.later_flops = 0;
  proposals.note = absl::StrCat(
      Counted(static_cast<int64_t>(sizes_.size()), "listed shape"), " at ",
      Counted(static_cast<int64_t>(problem.budgets.size()), "budget"));
  for (size_t b = 0; b < problem.budgets.size(); ++b) {
    for (size_t i = 0; i < sizes_.size(); ++i) {
      const Shape shape = WithSizes(problem.space.base, sizes_[i]);
      const std::string broken = FeasibilityProblem(
          problem.space, shape, problem.tokens_per_step[b], problem.budgets[b]);
      if (!broken.empty()) {
        return absl::FailedPreconditionError(absl::StrFormat(
            "the listed shape %s is not feasible at %s FLOPs: %s; leave the "
            "shape or the budget out, or move that bound",
            ShapeLabel(shape), FormatFlops(problem.budgets[b]), broken));
      }
      index.AppendMissing(
          b, shape,
          absl::StrFormat("shape %d of %d of the list at %s FLOPs", i + 1,
                          sizes_.size(), FormatFlops(problem.budgets[b])),
          &proposals.trials);
    }
  }
  return proposals;
}

}  // namespace isoshape
