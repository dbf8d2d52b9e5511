#ifndef ISOSHAPE_SEARCH_PARETO_PARETO_H_
#define ISOSHAPE_SEARCH_PARETO_PARETO_H_

#include <cstdint>
#include <utility>
#include <vector>

#include "search/costs/shape_costs.h"
#include "search/interface.h"
#include "search/spread/draw.h"

namespace isoshape {

// Fields as in campaign.proto, ParetoAlgorithm.
struct ParetoOptions {
  // One or two, no two alike.
  std::vector<CostOfShape> objectives = {CostOfShape::kDecodeSeconds};
  SpreadOptions draw = {};  // trials_per_budget: at most so many
  int in_flight = 4;
  double tolerance = 0.002;  // of the volume that is dominated at a budget
  int start_trials = 5;
  // 0: no limit.
  int64_t max_parameters = 0;
  double max_peak_memory_bytes = 0;
  double max_decode_seconds = 0;
};

// Looks for the shapes of each budget that no other beats in loss and in one or
// two costs at once: each trial where the expected growth of the volume that
// those dominate (dominated_volume.h) is largest for its FLOPs, as a share of
// what they dominate already. ln loss is the Gaussian process of
// search/kriging/, costs are those of search/costs/shape_costs.h, all in
// logarithms, so that a change of unit changes nothing. First Sobol points at
// every budget. Done when no budget with trials left has a candidate that
// promises the tolerance.
//
// Shapes whose cost is expected to be above a limit are not tried, and those of
// users that are add nothing. Failed and diverged ones are avoided as by `gp`.
// Thread-safe. docs/search.md.
class ParetoSearch : public SearchAlgorithm {
 public:
  explicit ParetoSearch(ParetoOptions options) : options_(std::move(options)) {}

  absl::StatusOr<Proposals> Propose(
      const SearchProblem& problem,
      const std::vector<PastTrial>& history) const override;

 private:
  const ParetoOptions options_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_PARETO_PARETO_H_
