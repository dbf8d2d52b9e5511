#ifndef ISOSHAPE_COMMON_STATUS_RETRY_AFTER_H_
#define ISOSHAPE_COMMON_STATUS_RETRY_AFTER_H_

#include <optional>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace isoshape {

// When a call that is refused for now is to be made again: google.rpc.RetryInfo
// among the details of its status (status_details.h), as AIP-193 has it.
void SetRetryAfter(absl::Duration wait, absl::Status& status);

// What SetRetryAfter set; nothing if it is not there, malformed, or negative.
std::optional<absl::Duration> RetryAfter(const absl::Status& status);

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_STATUS_RETRY_AFTER_H_
