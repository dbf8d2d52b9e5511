#ifndef ISOSHAPE_CLI_COMMANDS_TRAINING_TRAIN_ALONE_H_
#define ISOSHAPE_CLI_COMMANDS_TRAINING_TRAIN_ALONE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "isoshape/v1/worker.pb.h"
#include "worker/options/options.h"

namespace isoshape {

// The absolute path of the folder that --out names.
std::string WeightsPath(const std::string& out);

// Makes that folder, and returns its path. PERMISSION_DENIED if it cannot be
// made or written.
absl::StatusOr<std::string> MakeWeightsFolder(const std::string& out);

// FAILED_PRECONDITION if the trainer has left nothing there.
absl::Status CheckWeights(const std::string& out, const std::string& trainer);

// Trains a lease that nobody granted by a trainer of its own, with a thread on
// each processor: its weights come into the folder `out`, from which a run that
// was interrupted goes on. `lease.trial` gets the result. CANCELLED by a
// signal, with what is kept; UNAVAILABLE if the trainer cannot be used or was
// lost; ABORTED with the reason if the run did not succeed.
absl::Status TrainAlone(const WorkerOptions& options, const std::string& out,
                        const std::string& data, v1::Lease& lease);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_COMMANDS_TRAINING_TRAIN_ALONE_H_
