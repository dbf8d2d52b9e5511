#ifndef ISOSHAPE_WORKER_TRAINER_TRAINER_H_
#define ISOSHAPE_WORKER_TRAINER_TRAINER_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "worker/trainer/trainer_line.h"

namespace isoshape {

// A trainer takes one run after another and answers with the lines of
// docs/trainer-protocol.md. ProcessTrainer runs one in a process of its own.
// Not thread-safe.
class Trainer {
 public:
  virtual ~Trainer() = default;

  // Makes it usable if it is not: one that is new, or was lost or abandoned.
  // An error means that it cannot be.
  virtual absl::Status Start() = 0;
  // Returns true if the trainer has said that it can take a run.
  virtual bool ready() const = 0;
  // The line by which it said so.
  virtual const TrainerLine& ready_line() const = 0;

  // The next line, or nothing when none came in `timeout`. Any error means
  // that the trainer is lost, with the reason; call Abandon then.
  virtual absl::StatusOr<std::optional<TrainerLine>> Next(
      absl::Duration timeout) = 0;
  // Time since its last line, or since it was last given something to do.
  virtual absl::Duration Silence() = 0;

  // Errors mean that the trainer is lost.
  virtual absl::Status BeginRuns(const std::vector<RunOrder>& orders,
                                 const std::string& data_path) = 0;
  virtual absl::Status StopRun(const std::string& run) = 0;

  // Ends it by force. Returns at once; Poll carries it on.
  virtual void Abandon() = 0;
  // True when nothing is left of what was abandoned.
  virtual bool Poll() = 0;
  // Ends it in good order: it is asked to end, told to after `patience`, and
  // ended by force after as much again.
  virtual void Finish(absl::Duration patience) = 0;
};

}  // namespace isoshape

#endif  // ISOSHAPE_WORKER_TRAINER_TRAINER_H_
