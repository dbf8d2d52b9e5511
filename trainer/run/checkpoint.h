#ifndef ISOSHAPE_TRAINER_RUN_CHECKPOINT_H_
#define ISOSHAPE_TRAINER_RUN_CHECKPOINT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "trainer/engine/engine_state.h"
#include "trainer/run/divergence.h"
#include "trainer/run/results.h"
#include "trainer/spec/run_spec.h"

namespace isoshape {

// Sums that the loop over steps keeps, in the units of ShapeCard.
struct RunSums {
  LossHistory losses;
  double norm_sum = 0, norm_max = 0;
  double tail_loss = 0;  // sum over the steps that the card's loss is meant of
  int64_t tail_steps = 0;
  double train_seconds = 0;
  std::vector<BranchPoint> branches;  // that have left the trunk so far
};

// The state from which a run goes on. The batches follow from the step and the
// seed.
struct Checkpoint {
  EngineState state;
  RunSums progress;
};

// The checkpoint of one run, DIR/checkpoint.safetensors: tensors
// `weights.NAME`, `means.NAME` and `squares.NAME` for each name of
// ParameterLayout, and the metadata `isoshape`, a JSON object with shape,
// recipe, data, seed and progress, and their checksum. Not thread-safe.
class CheckpointStore {
 public:
  // Makes the folder if there is none. Throws std::runtime_error, one line with
  // the remedy. `data_fingerprint` identifies the training text.
  CheckpointStore(const RunSpec& spec, std::string data_fingerprint);

  // Replaces the checkpoint, or throws std::runtime_error and keeps the last.
  void Write(const Checkpoint& checkpoint) const;

  // Returns nothing if there is no checkpoint yet. Throws std::runtime_error,
  // one line with the file and the remedy, if it is damaged, not one of ours,
  // or of another run: another shape, recipe, seed, length or text.
  std::optional<Checkpoint> Read() const;

 private:
  const RunSpec spec_;
  const std::string data_fingerprint_;
  const std::string path_;
};

// Share of a run's time, at most, that goes into its checkpoints.
inline constexpr double kCheckpointShare = 0.05;

// The warning for a person when a checkpoint could not be written for `reason`:
// the run goes on, and its newest checkpoint is that of `newest_step` (0:
// none).
std::string CheckpointWarning(const std::string& reason, int64_t newest_step);

// A trained model: the weights of any checkpoint, and what it was trained by.
struct TrainedModel {
  RunSpec spec;  // shape and recipe alone
  int64_t step = 0;
  std::vector<float> weights;  // flat, as in EngineState
};

// Reads DIR/checkpoint.safetensors. Errors as CheckpointStore::Read.
TrainedModel ReadTrainedModel(const std::string& folder);

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_RUN_CHECKPOINT_H_
