#ifndef ISOSHAPE_SIMULATE_REPLAY_H_
#define ISOSHAPE_SIMULATE_REPLAY_H_

#include <functional>
#include <vector>

#include "search/optimum/question.h"

namespace isoshape {

// Runs that somebody made, to choose among: old data on which a search is tried
// before anything is spent. Each can be chosen once, and then shows its loss.
struct ReplayPool {
  std::vector<SurfacePoint> places = {};  // with ratios, or all without
  std::vector<double> ln_loss = {};

  double flops() const;  // of all
};

// The state of knowledge after one more run.
struct ReplayStep {
  double spent = 0;  // FLOPs
  int runs = 0;
  const SurfaceFit& fit;
  double bound = 0;  // of the regret; OptimumDecision
};

// Lets `optimum` choose, one run at a time, for a target beyond the pool, until
// the bound of the regret is within the tolerance or `on_step`, which is called
// before each choice, returns false.
void ReplayOptimum(const ReplayPool& pool, double target_flops,
                   double tolerance,
                   const std::function<bool(const ReplayStep&)>& on_step);

}  // namespace isoshape

#endif  // ISOSHAPE_SIMULATE_REPLAY_H_
