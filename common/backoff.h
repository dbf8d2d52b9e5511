#ifndef ISOSHAPE_COMMON_BACKOFF_H_
#define ISOSHAPE_COMMON_BACKOFF_H_

#include <algorithm>

#include "absl/random/random.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "worker/coordinator/coordinator.h"

namespace isoshape {

// Returns how long to wait before the next attempt: doubles from `first` to
// `max`, times a random factor in [0.5, 1], so that the workers of a fleet do
// not come back all at once. Not thread-safe.
class Backoff {
 public:
  Backoff(absl::Duration first, absl::Duration max)
      : first_(first), max_(max), next_(first) {}

  absl::Duration Next() {
    const absl::Duration wait = next_ * absl::Uniform(random_, 0.5, 1.0);
    next_ = std::min(next_ * 2, max_);
    return wait;
  }
  void Reset() { next_ = first_; }

 private:
  const absl::Duration first_;
  const absl::Duration max_;
  absl::Duration next_;
  absl::BitGen random_;
};

// The waits before a call to the coordinator is made again. One that is away is
// back for this worker within 2 s of its return: a call waits for the
// connection itself, of which the channel makes an attempt each
// kLongestReconnect (common/channel.h), and between two calls nothing is tried,
// for kLongestAway at most. One that answers, and is busy or refuses, is given
// more time. Not thread-safe.
class CoordinatorBackoff {
 public:
  static constexpr absl::Duration kFirst = absl::Milliseconds(100);
  static constexpr absl::Duration kLongestAway = absl::Seconds(1);
  static constexpr absl::Duration kLongestBusy = absl::Seconds(5);

  // How long to wait after a call that ended so.
  absl::Duration After(const absl::Status& status) {
    return IsAnswer(status) ? busy_.Next() : away_.Next();
  }
  void Reset() {
    away_.Reset();
    busy_.Reset();
  }

 private:
  Backoff away_{kFirst, kLongestAway};
  Backoff busy_{kFirst, kLongestBusy};
};

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_BACKOFF_H_
