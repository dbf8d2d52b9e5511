#ifndef ISOSHAPE_SEARCH_ASHA_ASHA_H_
#define ISOSHAPE_SEARCH_ASHA_ASHA_H_

#include <vector>

#include "search/interface.h"
#include "search/outlook.h"
#include "search/spread/draw.h"

namespace isoshape {

// Fields as in campaign.proto, AshaAlgorithm.
struct AshaOptions {
  // trials_per_budget: shapes drawn at the smallest budget. center_size is that
  // of all budgets.
  SpreadOptions draw = {};
  double eta = 3;
  int in_flight = 4;
};

// Shapes to draw by default: the fewest of which one is sure to reach the
// largest budget, but 9 at least and 81 at most, of which none may be.
int DefaultAshaShapes(double eta, int budgets);

// Asynchronous successive halving (Li et al. 2020, "A System for Massively
// Parallel Hyperparameter Tuning", algorithm 2) over the budgets of the
// campaign: whenever fewer than `in_flight` trials wait or run, a shape that is
// among the best 1 / eta of those that ended at its budget goes on to the next,
// from the largest budget that has one; if none has, another is drawn at the
// smallest. Trials of users' own shapes wait for workers like all others and
// are left out otherwise. Thread-safe. docs/search.md.
class AshaSearch : public SearchAlgorithm {
 public:
  explicit AshaSearch(const AshaOptions& options) : options_(options) {}

  absl::StatusOr<Proposals> Propose(
      const SearchProblem& problem,
      const std::vector<PastTrial>& history) const override;

  // If all have a loss. More go on where a shape leads its rung while that is
  // small. Errors of DrawShapes.
  absl::StatusOr<Outlook> Expect(const SearchProblem& problem) const;

 private:
  absl::StatusOr<std::vector<Shape>> Draw(const SearchProblem& problem) const;
  Outlook OutlookOf(const SearchProblem& problem, int64_t drawn) const;

  const AshaOptions options_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_ASHA_ASHA_H_
