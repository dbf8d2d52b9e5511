#ifndef ISOSHAPE_SEARCH_GP_GP_H_
#define ISOSHAPE_SEARCH_GP_GP_H_

#include <vector>

#include "search/costs/run_cost.h"
#include "search/interface.h"
#include "search/spread/draw.h"

namespace isoshape {

// Fields as in campaign.proto, GpAlgorithm.
struct GpOptions {
  SpreadOptions draw = {};  // trials_per_budget: at most so many
  int in_flight = 4;
  double tolerance = 0.002;
  int start_trials = 5;
  CostUnit cost = CostUnit::kFlops;  // of a trial, against what it improves
};

// Bayesian optimization of the loss of each budget: a Gaussian process over ln
// loss (kriging/process.h) of all of them, and each trial where the expected
// improvement on the best shape of its budget is largest for its cost, among
// those budgets at which it is the tolerance or more. First Sobol points at the
// two smallest budgets. Done when no budget is left, by the tolerance, by
// trials_per_budget, or as all shapes in range are tried.
//
// Shapes that failed or diverged are never a loss: they and what is like them
// and larger are left out. Trials of users' own shapes count as all others.
// Thread-safe. docs/search.md.
class GpSearch : public SearchAlgorithm {
 public:
  explicit GpSearch(const GpOptions& options) : options_(options) {}

  absl::StatusOr<Proposals> Propose(
      const SearchProblem& problem,
      const std::vector<PastTrial>& history) const override;

 private:
  const GpOptions options_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_GP_GP_H_
