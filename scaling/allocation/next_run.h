#ifndef ISOSHAPE_SCALING_ALLOCATION_NEXT_RUN_H_
#define ISOSHAPE_SCALING_ALLOCATION_NEXT_RUN_H_

#include <vector>

#include "absl/status/statusor.h"
#include "scaling/laws/parametric_law.h"
#include "scaling/runs/runs.h"

namespace isoshape {

// A run worth adding.
struct NextRun {
  double size = 0;    // N, in the measure of the runs' sizes
  double tokens = 0;  // D
  double flops = 0;   // of its training
  // Width of the interval of ln N* at the target with this run and those before
  // it, over that of the runs there are; below 1.
  double interval_ratio = 1;
};

// The runs that tell most about the best size at `target_flops` for what they
// cost, best first; each is chosen as if those before it were done. By the
// joint isoFLOP surface of `runs`, whose covariance S says what a run of
// Jacobian j and variance s_j^2 takes off that of g = ln N*:
//
//   (g' S j)^2 / (s_j^2 + j' S j)
//
// (V-optimal design, Fedorov 1972), divided by the square root of its compute:
// per FLOP alone the smallest would always be best. Candidates are of the
// computes from the smallest to the largest run, within a factor of four of
// their best sizes; whatever their losses turn out to be. Errors of FitSurface;
// INVALID_ARGUMENT if target_flops or count is not above 0.
absl::StatusOr<std::vector<NextRun>> AdviseNextRuns(const Runs& runs,
                                                    const ComputeRule& rule,
                                                    double target_flops,
                                                    int count);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_ALLOCATION_NEXT_RUN_H_
