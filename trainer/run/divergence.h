#ifndef ISOSHAPE_TRAINER_RUN_DIVERGENCE_H_
#define ISOSHAPE_TRAINER_RUN_DIVERGENCE_H_

#include <cstdint>
#include <string>

#include "trainer/engine/engine.h"

namespace isoshape {

// The figures of a run's losses that show whether it diverges.
struct LossHistory {
  double first_loss = 0;    // of the first step
  int64_t above_since = 0;  // steps done when losses rose above it; 0: not now
};

// Why the run has diverged, in one line with the remedy, or an empty string: a
// loss or a norm among `sums` is not finite, or the mean losses of reports have
// been above that of the first step for a tenth of the steps or more, after a
// fifth of them. Call it at each report, with the sums since the last one.
std::string DivergenceProblem(const StepSums& sums, int64_t steps_done,
                              int64_t steps, LossHistory& history);

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_RUN_DIVERGENCE_H_
