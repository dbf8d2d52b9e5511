#ifndef ISOSHAPE_COMMON_RETRY_DELAY_H_
#define ISOSHAPE_COMMON_RETRY_DELAY_H_

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace isoshape {

// How long a client is to wait before it sends a refused request again, as a
// payload google.rpc.RetryInfo (AIP-194): of a coordinator that is busy, and of
// nothing that asking again does not mend.

// The status with that payload; `delay` is positive.
absl::Status WithRetryDelay(absl::Status status, absl::Duration delay);
// The delay that the status holds, at most a minute; zero if there is none.
absl::Duration RetryDelayOf(const absl::Status& status);

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_RETRY_DELAY_H_
