#ifndef ISOSHAPE_COMMON_THREADS_CLOCK_H_
#define ISOSHAPE_COMMON_THREADS_CLOCK_H_

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/threads/event.h"

namespace isoshape {

// Where time comes from, so that a test can hold it. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  // The time of day, which people and NTP may set back or forth.
  virtual absl::Time Now() = 0;
  // Time since some moment, which nobody sets and which only grows: for how
  // long something took or may take. It stands still while the machine sleeps.
  virtual absl::Duration Elapsed() = 0;
  // Returns when `duration` has passed; at once if that is not positive.
  virtual void Sleep(absl::Duration duration) = 0;
  // Sleeps until the event happens, up to `duration`. Returns whether it has.
  virtual bool SleepUntil(const Event& event, absl::Duration duration) {
    if (!event.HasBeenNotified()) Sleep(duration);
    return event.HasBeenNotified();
  }

  // The machine's clock; lives for ever.
  static Clock* Real();
};

// A clock that moves only when told to, and by what is slept.
//   FakeClock clock;
//   clock.Advance(absl::Seconds(31));  // every lease of 30 s is now over
//   clock.Set(clock.Now() - absl::Hours(24));  // and somebody sets it back
class FakeClock : public Clock {
 public:
  explicit FakeClock(absl::Time now = absl::FromUnixSeconds(1'000'000'000))
      : now_(now) {}

  absl::Time Now() override {
    absl::MutexLock lock(&mutex_);
    return now_;
  }
  absl::Duration Elapsed() override {
    absl::MutexLock lock(&mutex_);
    return elapsed_;
  }
  void Sleep(absl::Duration duration) override {
    if (duration > absl::ZeroDuration()) Advance(duration);
  }
  void Advance(absl::Duration duration) {
    absl::MutexLock lock(&mutex_);
    now_ += duration;
    elapsed_ += duration;
  }
  // Sets the time of day; no time passes.
  void Set(absl::Time now) {
    absl::MutexLock lock(&mutex_);
    now_ = now;
  }

 private:
  absl::Mutex mutex_;
  absl::Time now_ ABSL_GUARDED_BY(mutex_);
  absl::Duration elapsed_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_THREADS_CLOCK_H_
