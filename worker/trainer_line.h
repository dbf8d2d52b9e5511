#ifndef ISOSHAPE_WORKER_TRAINER_LINE_H_
#define ISOSHAPE_WORKER_TRAINER_LINE_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "isoshape/v1/trial.pb.h"
#include "isoshape/v1/worker.pb.h"

namespace isoshape {

// How a trainer says that a run ended.
enum class Outcome { kSucceeded, kDiverged, kStopped, kOutOfMemory, kFailed };

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

  // kMeasurement: numbers that are not finite are absent.
  v1::Measurement measurement;

  // kResult. A run that "succeeded" with a loss that is not finite is
  // kDiverged; of a card without a finite loss only the branches are there, and
  // without these it is absent.
  Outcome outcome = Outcome::kFailed;
  std::string error;  // one line
  std::optional<v1::ShapeCard> shape_card;
};

// INVALID_ARGUMENT where the line is not of the protocol, with the reason and
// the line's beginning. `NaN` and `Infinity`, which JSON does not have but some
// writers print, are read as null.
absl::StatusOr<TrainerLine> ParseTrainerLine(const std::string& line);

// The line that starts a run of `lease` under the name `run`; no checkpoints
// are kept where `checkpoint_path` is empty.
std::string RunLine(const std::string& run, const v1::Lease& lease,
                    const std::string& data_path,
                    const std::string& checkpoint_path);
// The line that ends it.
std::string StopLine(const std::string& run);

// `text` as one printable line of at most 400 characters, for errors that go
// over the network and into logs.
std::string OneLine(absl::string_view text);

}  // namespace isoshape

#endif  // ISOSHAPE_WORKER_TRAINER_LINE_H_
