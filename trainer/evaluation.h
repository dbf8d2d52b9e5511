#ifndef ISOSHAPE_TRAINER_EVALUATION_H_
#define ISOSHAPE_TRAINER_EVALUATION_H_

#include <functional>

#include "trainer/data.h"
#include "trainer/engine.h"

namespace isoshape {

// Mean loss over sequences and its standard error, nats per predicted token.
struct LossEstimate {
  double mean = 0;
  double standard_error = 0;  // 0 where there is one sequence
};

// Evaluates the model of `engine` on `held_out`; calls `between` before each
// batch, which may throw.
LossEstimate EvaluateHeldOut(Engine& engine, const HeldOut& held_out,
                             const std::function<void()>& between);

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_EVALUATION_H_
