#ifndef ISOSHAPE_COMMON_THREADS_BACKOFF_H_
#define ISOSHAPE_COMMON_THREADS_BACKOFF_H_

#include <algorithm>

#include "absl/random/random.h"
#include "absl/time/time.h"

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

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_THREADS_BACKOFF_H_
