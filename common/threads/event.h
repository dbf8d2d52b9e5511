#ifndef ISOSHAPE_COMMON_THREADS_EVENT_H_
#define ISOSHAPE_COMMON_THREADS_EVENT_H_

#include <condition_variable>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace isoshape {

// A condition variable whose time limits pass whatever anybody sets the clock
// to. Those of absl::Mutex and absl::Notification are times of day: if the
// clock is set back by a day in the middle of a wait, it lasts a day longer.
class TimedCondVar {
 public:
  // Waits until a signal or the limit; returns whether it was a signal, or
  // looked like one.
  bool WaitFor(absl::Mutex* mutex, absl::Duration limit)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);
  void Signal() { changed_.notify_one(); }
  void SignalAll() { changed_.notify_all(); }

 private:
  std::condition_variable_any changed_;
};

// Something that happens once; thread-safe. What was done before Notify is seen
// by whoever sees that it happened.
class Event {
 public:
  void Notify();
  bool HasBeenNotified() const;
  // Waits until it happens, up to `limit`; returns whether it has.
  bool WaitFor(absl::Duration limit) const;

 private:
  mutable absl::Mutex mutex_;
  mutable TimedCondVar changed_;
  bool notified_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_THREADS_EVENT_H_
