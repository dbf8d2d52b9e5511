#include "worker/own_trial.h"

#include <memory>
#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/threads/clock.h"
#include "gpu/visible_gpus.h"
#include "worker/agent.h"
#include "worker/coordinator/coordinator_client.h"
#include "worker/trainer/process_trainer.h"
#include "worker/trainer/trainer_command.h"

namespace isoshape {
namespace {

// How soon an interruption is seen.
constexpr absl::Duration kTick = absl::Milliseconds(100);

// A trainer whose lines somebody looks at.
class WatchedTrainer : public ProcessTrainer {
 public:
  WatchedTrainer(ChildCommand command,
                 std::function<void(const TrainerLine&)> on_line)
      : ProcessTrainer(std::move(command), Clock::Real()),
        on_line_(std::move(on_line)) {}

  absl::StatusOr<std::optional<TrainerLine>> Next(
      absl::Duration timeout) override {
    absl::StatusOr<std::optional<TrainerLine>> line =
        ProcessTrainer::Next(timeout);
    if (line.ok() && line->has_value()) on_line_(**line);
    return line;
  }

 private:
  const std::function<void(const TrainerLine&)> on_line_;
};

// Of a worker whose command asks for more before it leaves.
class StayingClient : public CoordinatorClient {
 public:
  using CoordinatorClient::CoordinatorClient;

  absl::Status Leave(const v1::LeaveWorkerRequest& /*request*/,
                     absl::Duration /*deadline*/) override {
    return absl::OkStatus();
  }
};

}  // namespace

absl::Status TrainOwnTrial(WorkerOptions options,
                           std::function<void(const TrainerLine&)> on_line,
                           const std::function<bool()>& interrupted) {
  UseAllProcessors(GuessDevice(options, SelectGpus(SurveyGpus()).gpus),
                   options);
  options.slots = 1;
  options.replicas = 1;
  options.exit_when_idle = kGrantPatience;
  if (options.results.empty()) options.results = DefaultResults(options);
  StayingClient coordinator(options.server);
  const std::unique_ptr<Agent> agent =
      Agent::Start(options, Clock::Real(), &coordinator,
                   [&on_line](const ChildCommand& command) {
                     return std::make_unique<WatchedTrainer>(command, on_line);
                   });
  while (!agent->WaitForEnd(kTick)) {
    if (interrupted()) agent->Drain();
  }
  return agent->status();
}

}  // namespace isoshape
