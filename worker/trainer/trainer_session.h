#ifndef ISOSHAPE_WORKER_TRAINER_TRAINER_SESSION_H_
#define ISOSHAPE_WORKER_TRAINER_TRAINER_SESSION_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/process/child_process.h"
#include "isoshape/v1/campaign.pb.h"
#include "isoshape/v1/worker.pb.h"
#include "shape/shape.h"
#include "worker/options/options.h"
#include "worker/trainer/trainer_line.h"

namespace isoshape {

// A trainer that is driven without a coordinator, one run at a time: by
// `isoshape measure`, `isoshape train` and `--check-trainer`. Not thread-safe;
// bound to the thread that starts it (see ChildProcess).
//
//   auto session = TrainerSession::Start(options);
//   auto result = (*session)->Train(order, path, [](const TrainerLine&) {});
//   (*session)->Finish(absl::Seconds(10));
class TrainerSession {
 public:
  using OnLine = absl::FunctionRef<void(const TrainerLine&)>;

  // Starts the trainer of a worker with these options and one slot, and waits
  // until it is ready. With `all_processors`, a run on a CPU has a thread on
  // each unless the options say how many. From the start on, `interrupted`, if
  // it is given, is asked time and again: the wait ends when it says true, and
  // so does a run, whose result is then awaited for kStopPatience, or for
  // options.trainer_timeout if that is less. UNAVAILABLE if the trainer cannot
  // be used or was not awaited, with the reason.
  static absl::StatusOr<std::unique_ptr<TrainerSession>> Start(
      WorkerOptions options, bool all_processors = false,
      std::function<bool()> interrupted = nullptr);

  const TrainerLine& ready() const { return ready_; }

  // Trains one run and returns its result line; `on_line` gets the lines about
  // it before. ABORTED if the trainer ended, INVALID_ARGUMENT if it printed
  // what is not of the protocol, FAILED_PRECONDITION if it contradicts the
  // lease, DEADLINE_EXCEEDED if it was silent for options.trainer_timeout, or
  // has not stopped in time.
  absl::StatusOr<TrainerLine> Train(const RunOrder& order,
                                    const std::string& data_path,
                                    OnLine on_line);
  // Asks it to end that run; for `on_line`.
  absl::Status Stop(const std::string& run);

  // Ends its input; then by force after `patience`. Says how it ended: `exit
  // code 0`, or that it did not.
  std::string Finish(absl::Duration patience);

 private:
  TrainerSession(std::unique_ptr<ChildProcess> process, absl::Duration timeout,
                 std::function<bool()> interrupted)
      : process_(std::move(process)),
        timeout_(timeout),
        interrupted_(std::move(interrupted)) {}

  // The next line; errors of Train. Of a run that is interrupted meanwhile the
  // trainer is told; CANCELLED if there is none.
  absl::StatusOr<TrainerLine> Next(const std::string& run = "");

  const std::unique_ptr<ChildProcess> process_;
  const absl::Duration timeout_;
  const std::function<bool()> interrupted_;
  // By Clock::Elapsed, of a run that it was told to stop.
  std::optional<absl::Duration> stop_deadline_;
  TrainerLine ready_;
};

// A lease that nobody granted: of one run of `steps` steps of
// recipe.tokens_per_step tokens, which has all its defaults.
v1::Lease MakeOwnLease(const Shape& shape, const v1::Recipe& recipe,
                       int64_t steps, int64_t seed);

}  // namespace isoshape

#endif  // ISOSHAPE_WORKER_TRAINER_TRAINER_SESSION_H_
