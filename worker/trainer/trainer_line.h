#ifndef ISOSHAPE_WORKER_TRAINER_TRAINER_LINE_H_
#define ISOSHAPE_WORKER_TRAINER_TRAINER_LINE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "isoshape/v1/trial.pb.h"
#include "isoshape/v1/worker.pb.h"

namespace isoshape {

// The ways in which a trainer says that a run ended.
enum class Outcome {
  kSucceeded,
  kDiverged,
  kStopped,
  kOutOfMemory,
  kDeviceLost,  // and its trainer ends
  kFailed
};

// A line from a trainer; docs/trainer-protocol.md.
struct TrainerLine {
  enum class Type { kReady, kStarted, kMeasurement, kHeartbeat, kResult };
  Type type = Type::kHeartbeat;
  std::string run;  // all but kReady

  // kReady
  std::string trainer;  // `isoshape-trainer 0.1.0`
  std::string device;   // `cpu` or `cuda`
  std::string device_name;
  int64_t memory_limit_bytes = 0;  // 0: not said
  bool branches = false;           // it takes `branch_steps`
  bool replicas = false;           // and `replicas`

  // kStarted; absent: not said.
  std::optional<int64_t> parameters;
  std::optional<int64_t> steps;

  // kMeasurement: numbers that are not finite are absent.
  v1::Measurement measurement;

  // kResult. A run that "succeeded" with a loss that is not finite, or null, is
  // kDiverged; of a card without a finite loss only the branches are there, and
  // without these it is absent. A field of a card that is not of its type is
  // left out, with a warning in the card, if no other run could be meant.
  Outcome outcome = Outcome::kFailed;
  std::string error;  // one line
  std::optional<v1::ShapeCard> shape_card;
  // Whose fault the trainer says that it was: what lies in this machine (its
  // data, its disk, its device) says nothing of the shape.
  enum class Fault { kUnsaid, kTrial, kWorker };
  Fault fault = Fault::kUnsaid;
  // A fault of the worker: its data are not those of RunLine's
  // data_fingerprint.
  bool other_data = false;

  // kStarted: the step of the checkpoint that the run goes on from; 0: it is
  // new, or that is not said.
  int64_t start_step = 0;
  // kStarted, and kResult with other_data: ShapeCard.data_fingerprint of the
  // data that were opened; empty: not said.
  std::string data_fingerprint;
};

// Returns INVALID_ARGUMENT, with the reason and the line's beginning, if the
// line is not of the protocol. `NaN` and `Infinity`, which JSON does not have
// but some writers print, are read as null.
absl::StatusOr<TrainerLine> ParseTrainerLine(const std::string& line);

// A leased trial as the trainer is told of it.
struct RunOrder {
  std::string run;  // its name to the trainer
  const v1::Lease& lease;
  std::string checkpoint_path;  // a folder; empty: no checkpoints are kept
};

// The line that starts `orders`, at least one. Several are started as replicas,
// and must have the same shape, recipe, length and data_fingerprint.
std::string RunLine(const std::vector<RunOrder>& orders,
                    const std::string& data_path);
// The line that ends one of them.
std::string StopLine(const std::string& run);

}  // namespace isoshape

#endif  // ISOSHAPE_WORKER_TRAINER_TRAINER_LINE_H_
