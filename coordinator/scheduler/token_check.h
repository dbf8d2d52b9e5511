#ifndef ISOSHAPE_COORDINATOR_SCHEDULER_TOKEN_CHECK_H_
#define ISOSHAPE_COORDINATOR_SCHEDULER_TOKEN_CHECK_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "isoshape/v1/trial.pb.h"

namespace isoshape {

// Returns OK if `worker` holds the trial's lease by its newest fencing token.
// FAILED_PRECONDITION if the trial is not leased, the token is older, or the
// lease is another worker's: the caller is to drop the trial.
absl::Status CheckToken(const v1::Trial& trial, absl::string_view worker,
                        int64_t fencing_token);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_SCHEDULER_TOKEN_CHECK_H_
