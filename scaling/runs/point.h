#ifndef ISOSHAPE_SCALING_RUNS_POINT_H_
#define ISOSHAPE_SCALING_RUNS_POINT_H_

#include <optional>

namespace isoshape {

// One finished training run, as far as a fit needs to know it.
struct ScalingPoint {
  double size = 0;         // N: training FLOPs per token / 6 (EffectiveSize)
  double tokens = 0;       // D: training tokens
  double budget = 0;       // isoFLOP level, FLOPs; equal for all of a level
  double loss = 0;         // nats per token
  double loss_stderr = 0;  // over held-out batches; 0: not known
  double depth = 0;        // layers
  double width = 0;        // d_model
  // Points of one cluster, such as cooldowns from one trunk, are correlated and
  // are drawn together; below 0: a cluster of its own.
  int cluster = -1;
};

// A number with the interval of it; an end is absent where the data do not
// bound it.
struct Interval {
  double value = 0;
  std::optional<double> lower;
  std::optional<double> upper;
};

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_RUNS_POINT_H_
