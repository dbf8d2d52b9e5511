#ifndef ISOSHAPE_WORKER_TRAINER_H_
#define ISOSHAPE_WORKER_TRAINER_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "worker/trainer_line.h"
#include "worker/trainer_process.h"

namespace isoshape {

// A trainer that takes one run after another: its process, started when it is
// needed, and the lines of docs/trainer-protocol.md. Not thread-safe, and bound
// to the thread that calls Start (see TrainerProcess).
//
//   Trainer trainer(command, clock);
//   trainer.Start();
//   while (auto line = trainer.Next(absl::Seconds(1))) …
class Trainer {
 public:
  Trainer(TrainerCommand command, Clock* clock)
      : command_(std::move(command)), clock_(clock) {}

  // Starts the process where none runs. Errors of TrainerProcess::Start.
  absl::Status Start();
  // A process runs, and has not been told to end.
  bool Usable();
  // The process has said that it can take a run.
  bool ready() const { return ready_.has_value(); }
  // What it said then.
  const TrainerLine& ready_line() const { return *ready_; }

  // The next line, or nothing where none came in `timeout`. Any error means
  // that the trainer is lost, with the reason; call Abandon then.
  absl::StatusOr<std::optional<TrainerLine>> Next(absl::Duration timeout);
  // Time since its last line, or since it was last given something to do.
  absl::Duration Silence();

  // Errors mean that the trainer is lost.
  absl::Status BeginRuns(const std::vector<RunOrder>& orders,
                         const std::string& data_path);
  absl::Status StopRun(const std::string& run);

  // Ends the process group: SIGTERM now, SIGKILL where it is still there 10 s
  // later. Returns at once; Poll carries it on.
  void Abandon();
  // True where nothing runs that was abandoned.
  bool Poll();
  // Waits for Poll, at most 10 s.
  void WaitUntilGone();
  // Ends it in good order: end of its input, SIGTERM after `patience`, SIGKILL
  // after as much again.
  void Finish(absl::Duration patience);

 private:
  const TrainerCommand command_;
  Clock* const clock_;
  std::unique_ptr<TrainerProcess> process_;
  std::optional<TrainerLine> ready_;
  absl::Time last_heard_;
  std::optional<absl::Time> abandoned_;  // real time
};

}  // namespace isoshape

#endif  // ISOSHAPE_WORKER_TRAINER_H_
