#ifndef ISOSHAPE_TRAINER_RUN_MEASUREMENT_H_
#define ISOSHAPE_TRAINER_RUN_MEASUREMENT_H_

#include <cstdint>
#include <optional>

namespace isoshape {

// A point of a run's curve; fields and units as of Measurement in
// proto/isoshape/v1/trial.proto.
struct Measurement {
  int64_t step = 0;
  int64_t tokens = 0;
  double flops = 0;
  std::optional<double> train_loss;
  std::optional<double> validation_loss;
  std::optional<double> gradient_norm;
  double learning_rate = 0;
  double tokens_per_second = 0;
  double elapsed_seconds = 0;
  int64_t peak_memory_bytes = 0;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_RUN_MEASUREMENT_H_
