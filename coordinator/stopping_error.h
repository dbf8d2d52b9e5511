#ifndef ISOSHAPE_COORDINATOR_STOPPING_ERROR_H_
#define ISOSHAPE_COORDINATOR_STOPPING_ERROR_H_

#include "absl/status/status.h"

namespace isoshape {

// UNAVAILABLE, for a call that waits when the coordinator stops.
inline absl::Status StoppingError() {
  return absl::UnavailableError(
      "the coordinator is stopping; ask again when it is back");
}

// What a stream of events ends with when the coordinator stops.
inline absl::Status StoppingWatchError() {
  return absl::UnavailableError(
      "the coordinator is stopping; watch again when it is back, after the "
      "last sequence seen");
}

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_STOPPING_ERROR_H_
