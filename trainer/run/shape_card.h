#ifndef ISOSHAPE_TRAINER_RUN_SHAPE_CARD_H_
#define ISOSHAPE_TRAINER_RUN_SHAPE_CARD_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "trainer/run/branch_point.h"
#include "trainer/run/shape_costs.h"

namespace isoshape {

// All that a finished run reports; fields and units as of ShapeCard in
// proto/isoshape/v1/trial.proto.
struct ShapeCard {
  double validation_loss = 0;
  double validation_loss_stderr = 0;
  double train_loss = 0;
  double bits_per_byte = 0;
  int64_t parameters = 0;
  double flops_per_token = 0;
  double flops = 0;
  int64_t tokens = 0;
  int64_t steps = 0;
  double epochs = 0;
  double tokens_per_second = 0;
  double flops_per_second = 0;
  double step_seconds = 0;
  double wall_seconds = 0;
  int64_t peak_memory_bytes = 0;
  double gradient_norm_mean = 0;
  double gradient_norm_max = 0;
  double unigram_entropy = 0;
  double bigram_entropy = 0;
  int64_t train_data_tokens = 0;
  int64_t validation_data_tokens = 0;
  std::string data_fingerprint;
  std::string device;
  std::string device_name;
  int threads = 0;
  int processes = 1;
  int replicas = 1;
  double communication_fraction = 0;  // of the step's time; several processes
  std::string precision;
  std::string trainer;
  std::vector<std::string> warnings;
  std::optional<double> loss_floor;
  std::vector<BranchPoint> branches;
  double generalization_gap = 0;
  int64_t loss_spikes = 0;
  int64_t state_bytes = 0;
  std::optional<double> energy_joules;
  ShapeCosts costs;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_RUN_SHAPE_CARD_H_
