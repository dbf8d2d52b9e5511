#ifndef ISOSHAPE_TRAINER_RUN_SHAPE_COSTS_H_
#define ISOSHAPE_TRAINER_RUN_SHAPE_COSTS_H_

#include <functional>

#include "trainer/data/batch.h"
#include "trainer/engine/device.h"
#include "trainer/engine/engine.h"
#include "trainer/run/results.h"
#include "trainer/spec/run_spec.h"

namespace isoshape {

// Max seconds that may be spent on measuring costs after a training of
// `train_seconds`.
double SecondsForCosts(double train_seconds);

// Measures a trained model; its weights stay what they are, the optimizer's
// state does not. Takes at most about `seconds`, and leaves out what would take
// longer by the time of a step, `step_seconds`. Asks `go_on` between
// measurements.
ShapeCosts MeasureCosts(const RunSpec& spec, const Device& device,
                        const Batch& batch, double step_seconds, double seconds,
                        Engine& engine, const std::function<bool()>& go_on);

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_RUN_SHAPE_COSTS_H_
