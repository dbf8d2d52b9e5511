#ifndef ISOSHAPE_CLI_FLEET_SLURM_VALUES_H_
#define ISOSHAPE_CLI_FLEET_SLURM_VALUES_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace isoshape {

// Values as Slurm 22.05 reads them. What cannot be one is a usage error with
// the flag's name, the value and what to give.

// `#SBATCH --NAME=VALUE` with its end; `#SBATCH --NAME` for an empty value. In
// double quotes a value may hold anything but quotes, backslashes and control
// characters.
absl::StatusOr<std::string> SbatchLine(absl::string_view name,
                                       absl::string_view value);

// How many tasks an array has: `0-63%32`, `1,3,5`, `0-15:4`.
absl::StatusOr<int64_t> CountTasks(const std::string& array);

// GPUs of a node, `8` or `a100:8`.
struct NodeGpus {
  std::string type;  // empty: any
  int64_t count = 0;
};
absl::StatusOr<NodeGpus> ReadGpus(const std::string& text);

// OK for a time limit that leaves a worker something to do before it is warned
// of the limit.
absl::Status CheckTimeLimit(const std::string& text);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_FLEET_SLURM_VALUES_H_
