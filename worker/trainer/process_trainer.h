#ifndef ISOSHAPE_WORKER_TRAINER_PROCESS_TRAINER_H_
#define ISOSHAPE_WORKER_TRAINER_PROCESS_TRAINER_H_

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/process/child_process.h"
#include "common/threads/clock.h"
#include "worker/trainer/trainer.h"
#include "worker/trainer/trainer_line.h"

namespace isoshape {

// A trainer in a process of its own, started when it is needed and kept warm
// between runs. Bound to the thread that calls Start (see ChildProcess).
//
//   ProcessTrainer trainer(command, Clock::Real());
//   trainer.Start();
//   while (auto line = trainer.Next(absl::Seconds(1))) …
class ProcessTrainer : public Trainer {
 public:
  ProcessTrainer(ChildCommand command, Clock* clock)
      : command_(std::move(command)), clock_(clock) {}

  // Waits for a process that was abandoned, at most 10 s. Errors of
  // ChildProcess::Start.
  absl::Status Start() override;
  bool ready() const override { return ready_.has_value(); }
  const TrainerLine& ready_line() const override { return *ready_; }

  absl::StatusOr<std::optional<TrainerLine>> Next(
      absl::Duration timeout) override;
  absl::Duration Silence() override { return clock_->Elapsed() - last_heard_; }

  absl::Status BeginRuns(const std::vector<RunOrder>& orders,
                         const std::string& data_path) override;
  absl::Status StopRun(const std::string& run) override;

  // End of its input and SIGTERM now, SIGKILL if it is still there 10 s later.
  void Abandon() override;
  bool Poll() override;
  // End of its input, then SIGTERM, then SIGKILL.
  void Finish(absl::Duration patience) override;

 private:
  // Returns true if a process runs that has not been told to end.
  bool Usable();

  const ChildCommand command_;
  Clock* const clock_;
  std::unique_ptr<ChildProcess> process_;
  std::optional<TrainerLine> ready_;
  absl::Duration last_heard_;
  std::optional<absl::Duration> abandoned_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_WORKER_TRAINER_PROCESS_TRAINER_H_
