#ifndef ISOSHAPE_TRAINER_RUN_SHAPE_COSTS_H_
#define ISOSHAPE_TRAINER_RUN_SHAPE_COSTS_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "trainer/data/batch.h"
#include "trainer/engine/device.h"
#include "trainer/engine/engine.h"
#include "trainer/run_spec.h"

namespace isoshape {

// What a shape costs beyond its training, each absent where it was not
// measured; fields and units as of ShapeCard in proto/isoshape/v1/trial.proto.
struct ShapeCosts {
  std::optional<double> forward_seconds, backward_seconds, optimizer_seconds;
  std::optional<double> matmul_flops_per_second;
  std::optional<int64_t> training_activation_bytes;
  std::optional<int64_t> recomputation_activation_bytes;
  std::optional<int64_t> inference_activation_bytes;
  std::optional<double> prefill_seconds, decode_seconds;
  std::vector<double> layer_gradient_norms;
};

// What may go into measuring them after a training of so many seconds.
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
