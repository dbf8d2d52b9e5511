#ifndef ISOSHAPE_TRAINER_RUN_RESULTS_H_
#define ISOSHAPE_TRAINER_RUN_RESULTS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace isoshape {

// Reports of a run: points of its curve while it trains, and how it ended.
// Fields and units are those of the messages of the same names in
// proto/isoshape/v1/trial.proto.

// A point of a run's curve.
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

// The result of a cooldown in the middle of a run.
struct BranchPoint {
  int64_t steps = 0;
  int64_t tokens = 0;
  double flops = 0;
  double added_flops = 0;
  double validation_loss = 0;
  double validation_loss_stderr = 0;
};

// Costs of a shape beyond its training (trainer/run/shape_costs.h). Fields that
// were not measured are absent.
struct ShapeCosts {
  std::optional<double> forward_seconds, backward_seconds, optimizer_seconds;
  std::optional<double> matmul_flops_per_second;
  std::optional<int64_t> training_activation_bytes;
  std::optional<int64_t> recomputation_activation_bytes;
  std::optional<int64_t> inference_activation_bytes;
  std::optional<double> prefill_seconds, decode_seconds;
  std::vector<double> layer_gradient_norms;
};

// All that a finished run reports.
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
  int64_t timed_steps = 0;
  std::optional<double> step_seconds_median, step_seconds_p10, step_seconds_p90;
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
  std::string engine;
  int threads = 0;
  int processes = 1;
  int replicas = 1;
  int64_t passes = 1;                 // of a step
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

// How a run ended.
struct RunResult {
  enum class Outcome {
    kSucceeded,
    kDiverged,
    kStopped,
    kOutOfMemory,
    kDeviceLost,  // the device's fault: nothing more trains in this process
    kFailed
  };
  Outcome outcome = Outcome::kFailed;
  std::string error;  // one line; empty if it succeeded or was stopped
  std::optional<ShapeCard> card;  // if it succeeded
  // If it diverged: the cooldowns that had ended before.
  std::vector<BranchPoint> branches = {};
  // If it failed: what went wrong lies in this machine (its data, its disk, its
  // device) and says nothing of the shape.
  bool worker_fault = false;
  // If that is that the data are not those that the run asked for: the
  // fingerprint that they have.
  std::string other_data = {};
};

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_RUN_RESULTS_H_
