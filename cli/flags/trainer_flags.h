#ifndef ISOSHAPE_CLI_FLAGS_TRAINER_FLAGS_H_
#define ISOSHAPE_CLI_FLAGS_TRAINER_FLAGS_H_

#include <CLI/CLI.hpp>

#include "worker/options/options.h"

namespace isoshape {

// Adds --trainer, --device, --threads-per-run and --cuda-graphs, as a worker
// has them, to a command that trains on this machine; `options` must outlive
// it.
void AddTrainerFlags(CLI::App& command, WorkerOptions& options);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_FLAGS_TRAINER_FLAGS_H_
