#ifndef ISOSHAPE_SIMULATE_CAMPAIGN_H_
#define ISOSHAPE_SIMULATE_CAMPAIGN_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/statusor.h"
#include "search/interface.h"

namespace isoshape {

// How a simulated campaign runs.
struct SimulationOptions {
  int workers = 1;
  // Seeds the speed of each run, a factor of its FLOPs: runs end in an order of
  // their own.
  uint64_t seed = 0;
  double max_flops = 0;  // no run starts that would exceed it; 0: no limit
  // Ends a run: sets its state and loss. Default: the run fails.
  std::function<void(PastTrial&)> train = {};
  // Called after each end with all trials and the FLOPs of all that were
  // started; false: stop here, what runs included.
  std::function<bool(const std::vector<PastTrial>&, double started_flops)>
      on_end = {};
};

// The outcome of a simulated campaign.
struct Simulation {
  std::vector<PastTrial> trials;
  double flops = 0;   // of all that were started, to their end
  double hours = 0;   // a run of 1 FLOP on one worker takes one
  bool done = false;  // the search said so, and all it asked for ended
  Proposals last;     // its last answer
};

// Runs a search with workers that take the oldest trial that waits, each for a
// time of its FLOPs times a factor about 1. After each end the search is asked
// again. Errors of Propose; INTERNAL if it proposes nothing while nothing runs
// and it is not done.
absl::StatusOr<Simulation> Simulate(const SearchAlgorithm& search,
                                    const SearchProblem& problem,
                                    const SimulationOptions& options);

}  // namespace isoshape

#endif  // ISOSHAPE_SIMULATE_CAMPAIGN_H_
