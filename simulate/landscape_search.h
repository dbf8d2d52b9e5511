#ifndef ISOSHAPE_SIMULATE_LANDSCAPE_SEARCH_H_
#define ISOSHAPE_SIMULATE_LANDSCAPE_SEARCH_H_

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "search/interface.h"

namespace isoshape {

// What a search is asked in a landscape: the best shape at `reach` times the
// largest compute, to within `tolerance` of the loss there.
struct LandscapeQuestion {
  std::string landscape = "chin";
  uint64_t seed = 0;
  double noise = 0.003;  // of a run, nats per token
  double reach = 10;
  double tolerance = 0.002;
  int workers = 1;
  double max_flops = 2200;  // in units of the smallest budget
  // Seeds of the runs' noise begin here, so that two campaigns in one landscape
  // measure other losses of one shape.
  int64_t first_run = 0;
  // Results of earlier campaigns, of which optimum begins.
  std::vector<PriorRun> priors = {};
};

// One campaign: what it cost and whether its answer was right. FLOPs are in
// units of the smallest budget; infinity: never.
struct LandscapeOutcome {
  double stop = std::numeric_limits<double>::infinity();  // until certain
  int trials = 0;                                         // then
  // Until the regret of the answer stayed within the tolerance.
  double right = std::numeric_limits<double>::infinity();
  bool regret_ok = false;  // at the stop
  bool size_ok = false;    // then the truth was in the 90 % interval of N*
  double regret = 0;       // then
  std::vector<PastTrial> history = {};  // all that was trained
};

// What SearchLandscape takes: optimum; and grid, sobol, random, gp, asha and
// hyperband, which go through budgets a factor of 3 apart, up to three times
// with other seeds, each time without the runs of those before, and are
// answered by the surface of `optimum` over all runs and stopped by its rule.
std::vector<std::string> LandscapeAlgorithms();

// Runs a campaign. INVALID_ARGUMENT if there is no such landscape or algorithm,
// with those that there are; errors of Propose.
absl::StatusOr<LandscapeOutcome> SearchLandscape(
    const LandscapeQuestion& question, absl::string_view algorithm);

}  // namespace isoshape

#endif  // ISOSHAPE_SIMULATE_LANDSCAPE_SEARCH_H_
