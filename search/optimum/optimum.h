#ifndef ISOSHAPE_SEARCH_OPTIMUM_OPTIMUM_H_
#define ISOSHAPE_SEARCH_OPTIMUM_OPTIMUM_H_

#include "search/costs/run_cost.h"
#include "search/interface.h"

namespace isoshape {

// Fields as in campaign.proto, OptimumAlgorithm.
struct OptimumOptions {
  // The regret at the target, relative to the loss, that is good enough.
  double tolerance = 0.002;
  int in_flight = 4;  // trials that wait or run at a time
  // The aspect ratio that the start is centred on; 0: 24, and 20 tokens a
  // parameter at the smallest budget.
  double center_aspect_ratio = 0;
  double center_size = 0;
  CostUnit cost = CostUnit::kFlops;  // of a trial, against what it tells
  // The factor of the variance of a result of an earlier campaign.
  double prior_inflation = 16;
};

// Puts each trial where it tells most, for what it costs, of one answer: the
// best shape at the problem's target_flops. It stops when the 90 % bound of the
// loss that the answer may have above the best is within the tolerance, and
// says so. The budgets of the problem are the levels that it may choose among.
//
// Rests on the joint isoFLOP surface (scaling/surface/), and is computed anew
// from the history at each call: the order of the history changes nothing, that
// in which trials ended only when it stops. Trials of users' own shapes count
// as all others, but for those with other options than the space's (a norm, an
// activation), which lie on another surface. Thread-safe.
// docs/search-optimum.md.
class OptimumSearch : public SearchAlgorithm {
 public:
  explicit OptimumSearch(const OptimumOptions& options) : options_(options) {}

  // Also INVALID_ARGUMENT if the target is not above 0.
  absl::StatusOr<Proposals> Propose(
      const SearchProblem& problem,
      const std::vector<PastTrial>& history) const override;

 private:
  const OptimumOptions options_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_OPTIMUM_OPTIMUM_H_
