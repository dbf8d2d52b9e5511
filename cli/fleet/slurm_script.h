#ifndef ISOSHAPE_CLI_FLEET_SLURM_SCRIPT_H_
#define ISOSHAPE_CLI_FLEET_SLURM_SCRIPT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace isoshape {

// What `isoshape fleet slurm` is asked for: texts as a person gave them, empty
// if they were not given.
struct SlurmJob {
  std::string server;             // HOST:PORT,… or @FILE
  std::vector<std::string> data;  // NAME=PATH, PATH or `synthetic:`
  int64_t nodes = 0;              // 0: not given
  std::string gpus_per_node;      // `8` or `a100:8`
  int64_t cpus_per_task = 0;      // of each worker; 0: not given
  std::string array;              // in Slurm's words: `0-63%32`
  std::string partition;
  std::string time;  // HH:MM:SS or D-HH:MM:SS
  std::string token_file;
  std::string folder;                // on a file system that the nodes share
  std::vector<std::string> options;  // of sbatch: `account=ml`, `exclusive`
  std::vector<std::string> worker;   // further flags of isoshape-worker
};

struct SlurmScript {
  std::string text;
  int64_t workers = 0;
  std::string logs;                // folder of the workers' logs
  std::vector<std::string> notes;  // what may be wrong, a line each
};

// The job script, which is deploy/slurm/worker.sbatch with the settings filled
// in: everything that a person gave is one word of the shell, or one value of
// an #SBATCH line. `program` is the worker's. Makes the folder and those of its
// checkpoints and logs, which Slurm does not make.
//
// A usage error, with the value and the remedy, if something cannot be meant or
// contradicts another flag, if the worker would refuse its flags or its data,
// or if others can read the token.
absl::StatusOr<SlurmScript> MakeSlurmScript(const SlurmJob& job,
                                            const std::string& program);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_FLEET_SLURM_SCRIPT_H_
