#ifndef ISOSHAPE_COMMON_THREADS_CANCELLATION_H_
#define ISOSHAPE_COMMON_THREADS_CANCELLATION_H_

#include <atomic>

#include "absl/time/time.h"
#include "common/threads/clock.h"
#include "common/threads/thread_scope.h"

namespace isoshape {

// Ends a long computation whose answer nobody wants any more, or that takes
// longer than is allowed. The computation belongs to a scope of the thread that
// runs it, so that no function between the two needs a parameter; it asks
// Cancelled() between pieces of work and leaves the rest undone. Its result is
// then meaningless, and whoever opened the scope drops it. Thread-safe.
//
//   Cancellation cancellation(absl::Minutes(10));
//   Cancellation::Scope scope(&cancellation);
//   … = FitLaw(runs, options);
//   if (cancellation.cancelled()) return absl::CancelledError();
class Cancellation {
 public:
  // The limit counts from here. Borrows the clock.
  explicit Cancellation(absl::Duration limit = absl::InfiniteDuration(),
                        Clock* clock = Clock::Real());
  Cancellation(const Cancellation&) = delete;
  Cancellation& operator=(const Cancellation&) = delete;

  void Cancel() { cancelled_.store(true, std::memory_order_relaxed); }
  // Whether the limit is over; a Cancel leaves it unchanged.
  bool PastLimit() const;
  bool cancelled() const {
    return cancelled_.load(std::memory_order_relaxed) || PastLimit();
  }

  using Scope = ThreadScope<const Cancellation>;

 private:
  std::atomic<bool> cancelled_ = false;
  Clock* const clock_;
  const absl::Duration end_;  // on clock_->Elapsed()
};

// Whether the computation that this thread runs is to end.
bool Cancelled();

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_THREADS_CANCELLATION_H_
