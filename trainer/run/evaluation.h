#ifndef ISOSHAPE_TRAINER_RUN_EVALUATION_H_
#define ISOSHAPE_TRAINER_RUN_EVALUATION_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "trainer/data/data.h"
#include "trainer/engine/engine.h"

namespace isoshape {

// Max held-out tokens that a run's final loss is measured on.
inline constexpr int64_t kHeldOutTokens = 131072;

// Mean loss over sequences and its standard error, nats per predicted token.
struct LossEstimate {
  double mean = 0;
  double standard_error = 0;  // 0 if there is one sequence
};

// Estimates the mean and its error from the losses of all sequences, at least
// one.
LossEstimate EstimateLoss(const std::vector<double>& losses);

// Evaluates the model of `engine` on `held_out`; calls `between` before each
// batch, which may throw.
LossEstimate EvaluateHeldOut(Engine& engine, const HeldOut& held_out,
                             const std::function<void()>& between);

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_RUN_EVALUATION_H_
