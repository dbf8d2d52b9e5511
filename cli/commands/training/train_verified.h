#ifndef ISOSHAPE_CLI_COMMANDS_TRAINING_TRAIN_VERIFIED_H_
#define ISOSHAPE_CLI_COMMANDS_TRAINING_TRAIN_VERIFIED_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "cli/console/client.h"
#include "isoshape/v1/campaign.pb.h"
#include "isoshape/v1/trial.pb.h"
#include "shape/shape.h"
#include "worker/options/options.h"

namespace isoshape {

// What `isoshape train --verify` is to train.
struct VerifiedRun {
  v1::Campaign campaign;
  Shape shape;
  double budget = 0;            // FLOPs
  std::string variant;          // empty: base
  std::optional<int64_t> seed;  // none: the first that the campaign has not
  WorkerOptions options;        // with the path of the data, and `weights`
};

// The trial of an earlier command into the same folder of this machine that has
// not ended, or was interrupted, whatever its shape: it waits for a command
// like this one alone. One without a name if there is none.
absl::StatusOr<v1::Trial> FindWaiting(Client& client, const VerifiedRun& run);

// Whether `trial` is what `run` asks for.
bool IsTrialOf(const VerifiedRun& run, const v1::Trial& trial);

// Trains it as a VERIFICATION trial of the campaign, reserved for this command,
// which is a worker for that time (worker/own_trial.h), and returns the trial
// with its result. A command of the same shape, budget, seed and folder goes on
// with the trial of one that was interrupted or killed, and returns that of one
// that has ended. One that waits in the folder for another shape is to be
// looked for before (FindWaiting). The worker is forgotten when the trial has
// succeeded, and a trial that it may not train, since its data are others, is
// cancelled, both by DeleteWorker, which takes an admin: for anybody else the
// trial waits, and the worker is listed until it has been silent for a lease.
// CANCELLED by a signal; ALREADY_EXISTS if another such command
// trains it, or the campaign has that seed; ABORTED with the reason if the run
// did not succeed; FAILED_PRECONDITION if the coordinator grants it not.
absl::StatusOr<v1::Trial> TrainVerified(Client& client, const VerifiedRun& run);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_COMMANDS_TRAINING_TRAIN_VERIFIED_H_
