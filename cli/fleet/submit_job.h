#ifndef ISOSHAPE_CLI_FLEET_SUBMIT_JOB_H_
#define ISOSHAPE_CLI_FLEET_SUBMIT_JOB_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace isoshape {

// OK if there is an sbatch to be found by PATH; FAILED_PRECONDITION, with what
// to do, if there is none.
absl::Status CheckSbatch();

// Hands a job script to sbatch and returns the job's id, `12`. A token that is
// in the environment itself stays out of the job's, which Slurm keeps.
// FAILED_PRECONDITION with sbatch's own words in one line if it refuses, and
// UNAVAILABLE if it does not answer in a minute.
absl::StatusOr<std::string> SubmitJob(const std::string& script);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_FLEET_SUBMIT_JOB_H_
