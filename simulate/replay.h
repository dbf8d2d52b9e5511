#ifndef ISOSHAPE_SIMULATE_REPLAY_H_
#define ISOSHAPE_SIMULATE_REPLAY_H_

#include <functional>
#include <limits>
#include <vector>

#include "scaling/runs/runs.h"
#include "search/optimum/question.h"

namespace isoshape {

// Runs that somebody made, to choose among: old data on which a search is tried
// before anything is spent. Each can be chosen once, and then shows its loss.
struct ReplayPool {
  std::vector<SurfacePoint> places = {};  // with ratios, or all without
  std::vector<double> ln_loss = {};

  double flops() const;  // of all
};

// All rows; with aspect ratios if these differ by a factor of two or more.
ReplayPool PoolOf(const Runs& runs);

// The state of knowledge after one more run.
struct ReplayStep {
  double spent = 0;  // FLOPs
  int runs = 0;
  const SurfaceFit& fit;
  double bound = 0;      // of the regret; OptimumDecision
  bool certain = false;  // it is within the tolerance, twice in a row
};

// Lets `optimum` choose, one run at a time, for a target beyond the pool, until
// the bound of the regret is within the tolerance or `on_step`, which is called
// before each choice, returns false.
void ReplayOptimum(const ReplayPool& pool, double target_flops,
                   double tolerance,
                   const std::function<bool(const ReplayStep&)>& on_step);

// What a replay came to. FLOPs; infinity: never.
struct ReplayOutcome {
  double pool_flops = 0;
  int pool_runs = 0;
  // Until the bound of the regret was within the tolerance, and the runs then.
  double certain_flops = std::numeric_limits<double>::infinity();
  int certain_runs = 0;
  // Until what the search answered lost no more than the tolerance for good, by
  // the surface of the whole pool.
  double right_flops = std::numeric_limits<double>::infinity();
  // ln of the best size at the target: of the answer when it was certain (or,
  // if it never was, at the end), and by the whole pool.
  double ln_size = 0, ln_size_of_all = 0;
  // Then the loss of the answer over the least, less 1, by the whole pool.
  double regret = 0;
};

// Lets `optimum` choose until it is certain or nothing is left. The answer of
// the whole pool stands for the truth, which nobody knows.
ReplayOutcome ReplayToTheEnd(const ReplayPool& pool, double target_flops,
                             double tolerance);

}  // namespace isoshape

#endif  // ISOSHAPE_SIMULATE_REPLAY_H_
