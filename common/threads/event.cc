#include "common/threads/event.h"

#include <algorithm>
#include <chrono>

namespace isoshape {
namespace {

// What std::condition_variable_any needs.
class Lockable {
 public:
  explicit Lockable(absl::Mutex* mutex) : mutex_(mutex) {}
  void lock() ABSL_NO_THREAD_SAFETY_ANALYSIS { mutex_->Lock(); }
  void unlock() ABSL_NO_THREAD_SAFETY_ANALYSIS { mutex_->Unlock(); }

 private:
  absl::Mutex* const mutex_;
};

// A longer wait ends as if by a signal: a steady clock cannot count to the end
// of time.
constexpr absl::Duration kLongestWait = absl::Hours(24);

}  // namespace

bool TimedCondVar::WaitFor(absl::Mutex* mutex, absl::Duration limit) {
  if (limit <= absl::ZeroDuration()) return false;
  Lockable lockable(mutex);
  const std::cv_status status = changed_.wait_for(
      lockable, absl::ToChronoNanoseconds(std::min(limit, kLongestWait)));
  return status == std::cv_status::no_timeout || limit > kLongestWait;
}

void Event::Notify() {
  absl::MutexLock lock(&mutex_);
  notified_ = true;
  // Under the lock: who waits may destroy the event as soon as it returns.
  changed_.SignalAll();
}

bool Event::HasBeenNotified() const {
  absl::MutexLock lock(&mutex_);
  return notified_;
}

bool Event::WaitFor(absl::Duration limit) const {
  const auto begin = std::chrono::steady_clock::now();
  absl::MutexLock lock(&mutex_);
  while (!notified_) {
    const absl::Duration left =
        limit - absl::FromChrono(std::chrono::steady_clock::now() - begin);
    if (!changed_.WaitFor(&mutex_, left) && left <= absl::ZeroDuration()) {
      return false;
    }
  }
  return true;
}

}  // namespace isoshape
