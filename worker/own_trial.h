#ifndef ISOSHAPE_WORKER_OWN_TRIAL_H_
#define ISOSHAPE_WORKER_OWN_TRIAL_H_

#include <functional>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "worker/options/options.h"
#include "worker/trainer/trainer_line.h"

namespace isoshape {

// How long the coordinator has to grant a trial that nothing stands in the way
// of.
inline constexpr absl::Duration kGrantPatience = absl::Seconds(10);

// Trains the trial that is reserved for the worker `options.id`
// (Trial.reserved_worker): as a worker of one slot, with a thread on each
// processor, that is given nothing else. Its weights come into
// options.weights, from which a run that was interrupted goes on, and stay
// there. A trial that cannot be trained is not handed back but ends as STOPPED
// with the reason, since nobody else may train it; RetryTrial lets it be
// trained again.
//
// Returns when the trial has ended, when the coordinator did not grant it for
// kGrantPatience, or a few seconds after `interrupted` says true; what became
// of the trial the coordinator knows, and as long as the worker is in contact
// also why it was not granted: the worker does not leave (LeaveWorker), as that
// is up to the caller. The error is that of Agent::status.
// `on_line` gets the trainer's lines, on another thread.
absl::Status TrainOwnTrial(WorkerOptions options,
                           std::function<void(const TrainerLine&)> on_line,
                           const std::function<bool()>& interrupted);

}  // namespace isoshape

#endif  // ISOSHAPE_WORKER_OWN_TRIAL_H_
