#ifndef ISOSHAPE_COORDINATOR_HTTP_ANSWER_PACE_H_
#define ISOSHAPE_COORDINATOR_HTTP_ANSWER_PACE_H_

#include <atomic>
#include <cstddef>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/threads/clock.h"

namespace isoshape {

// How often pages may ask anew for what they show, so that all of them
// together take a small share of one processor however many are open: while a
// campaign changes all the time each page would ask for all it shows at every
// change. Each answer tells the pace, pages keep to it, and whoever does not is
// given answers that were made at most that long ago. Thread-safe. Borrows the
// clock.
//
// Pages that wait for `pace` between two questions ask at a rate that is
// inverse to it. So the pace that spends the share follows from what was spent
// at the pace before: pace * spent / (share * time). Pages that are few need
// not wait for each other whatever they ask: the pace is at most what a page
// waits anyhow times the number of pages.
class AnswerPace {
 public:
  explicit AnswerPace(double share = 0.01, Clock* clock = Clock::Real());

  // A page is open for as long as the returned handle lives, which may outlive
  // this.
  std::shared_ptr<const void> PageOpened();
  // A page asked, and was sent so many bytes. Returns the pace from now on;
  // zero: there is no need to wait.
  absl::Duration Asked(size_t bytes) ABSL_LOCKS_EXCLUDED(mutex_);
  // So much of a processor went into an answer.
  void Spent(absl::Duration processor) ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Duration Now() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Adapt() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const double share_;
  Clock* const clock_;
  const std::shared_ptr<std::atomic<int>> pages_;  // that are open
  absl::Mutex mutex_;
  absl::Duration pace_ ABSL_GUARDED_BY(mutex_);
  absl::Duration since_ ABSL_GUARDED_BY(mutex_);  // it is what it is
  absl::Duration spent_ ABSL_GUARDED_BY(mutex_);  // since then
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_HTTP_ANSWER_PACE_H_
