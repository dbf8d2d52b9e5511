#ifndef ISOSHAPE_WORKER_COORDINATOR_COORDINATOR_BACKOFF_H_
#define ISOSHAPE_WORKER_COORDINATOR_COORDINATOR_BACKOFF_H_

#include <algorithm>

#include "absl/random/random.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/status/retry_after.h"
#include "common/threads/backoff.h"
#include "worker/coordinator/coordinator.h"

namespace isoshape {

// The waits before a call to the coordinator is made again. The one that is
// away is back for this worker within 2 s of its return: a call waits for the
// connection itself, of which the channel makes an attempt each
// kLongestReconnect (common/net/channel.h), and between two calls nothing is
// tried, for kLongestAway at most. Of several addresses that all refuse, a call
// tries one: one that is back among N is found within N times kLongestAway. One
// that answers, and is busy or refuses, is given more time. Not thread-safe.
class CoordinatorBackoff {
 public:
  static constexpr absl::Duration kFirst = absl::Milliseconds(100);
  static constexpr absl::Duration kLongestAway = absl::Seconds(1);
  static constexpr absl::Duration kLongestBusy = absl::Seconds(5);
  // Of what a coordinator asks for (RetryAfter), for a lease is at stake.
  static constexpr absl::Duration kLongestAsked = absl::Seconds(5);

  // How long to wait after a call that ended so.
  absl::Duration After(const absl::Status& status) {
    if (!IsAnswer(status)) return away_.Next();
    const absl::Duration wait = busy_.Next();
    // At least as long as it asks for, and not all workers at once.
    const absl::Duration asked = std::min(
        RetryAfter(status).value_or(absl::ZeroDuration()), kLongestAsked);
    return std::max(wait, asked * absl::Uniform(random_, 1.0, 1.5));
  }
  void Reset() {
    away_.Reset();
    busy_.Reset();
  }

 private:
  Backoff away_{kFirst, kLongestAway};
  Backoff busy_{kFirst, kLongestBusy};
  absl::BitGen random_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_WORKER_COORDINATOR_COORDINATOR_BACKOFF_H_
