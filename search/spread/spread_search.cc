#include "search/spread/spread_search.h"

#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/text/counted.h"
#include "common/text/format_number.h"
#include "search/in_flight.h"
#include "search/problem.h"
#include "search/trial_index.h"
#include "shape/accounting.h"

namespace isoshape {

absl::StatusOr<Proposals> SpreadSearch::Propose(
    const SearchProblem& problem, const std::vector<PastTrial>& history) const {
  absl::Status status = CheckProblem(problem, history.empty());
  if (!status.ok()) return status;

  const TrialIndex index(problem, history);
  std::string first_word = name_;
  first_word[0] = absl::ascii_toupper(first_word[0]);
  Proposals proposals;
  int waiting = 0;
  size_t total = 0;
  for (size_t b = 0; b < problem.budgets.size(); ++b) {
    const uint64_t stream =
        streams_ == Streams::kByNumber ? b : StreamOf(problem.budgets[b]);
    absl::StatusOr<std::vector<Shape>> shapes =
        DrawShapes(options_, problem, b, SpreadCenter(options_, problem, b),
                   stream, source_);
    if (!shapes.ok()) {
      absl::StrAppend(&proposals.note, shapes.status().message(), "; ");
      continue;
    }
    total += shapes->size();
    for (size_t i = 0; i < shapes->size(); ++i) {
      const Shape& shape = (*shapes)[i];
      const ShapeOutcome outcome = index.Outcome(b, shape);
      waiting += outcome.waiting + outcome.missing;
      index.AppendMissing(
          b, shape,
          absl::StrFormat("%s point %d of %d at %s FLOPs: size %s, "
                          "width/depth %.3g",
                          first_word, i + 1, shapes->size(),
                          FormatFlops(problem.budgets[b]),
                          FormatCount(EffectiveSize(shape)),
                          AspectRatio(shape)),
          &proposals.trials);
    }
  }
  proposals.done = proposals.trials.empty();
  proposals.later_flops = 0;  // all are proposed at once
  absl::StrAppend(
      &proposals.note,
      Counted(static_cast<int64_t>(total), absl::StrCat(name_, " shape")),
      " at ", Counted(static_cast<int64_t>(problem.budgets.size()), "budget"));
  const size_t wanted =
      static_cast<size_t>(options_.trials_per_budget) * problem.budgets.size();
  absl::StrAppend(&proposals.note, FewerText(total, wanted));
  if (waiting > 0) {
    absl::StrAppend(&proposals.note, ", ", WaitingText(waiting));
  }
  return proposals;
}

}  // namespace isoshape
