#ifndef ISOSHAPE_TESTS_WORKER_SCRIPTED_CLOCK_H_
#define ISOSHAPE_TESTS_WORKER_SCRIPTED_CLOCK_H_

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

#include "absl/time/time.h"
#include "common/threads/clock.h"

namespace isoshape {

// A clock for one thread: its time passes while that thread waits on it, at no
// cost, and what the test has planned happens when its time has come.
//
//   ScriptedClock clock;
//   clock.At(absl::Seconds(3), [&] { trainer.Die("killed"); });
//   clock.Sleep(absl::Minutes(1));  // the trainer dies on the way
class ScriptedClock : public Clock {
 public:
  absl::Time Now() override { return now_; }
  // Time since the beginning of the test.
  absl::Duration Elapsed() override { return now_ - begin_; }
  void Sleep(absl::Duration duration) override {
    SleepUntil(duration, [] { return false; });
  }
  bool SleepUntil(const Event& event, absl::Duration duration) override {
    SleepUntil(duration, [&] { return event.HasBeenNotified(); });
    return event.HasBeenNotified();
  }
  // Sleeps until something planned has made `done` true, at most `limit`.
  void SleepUntil(absl::Duration limit, const std::function<bool()>& done) {
    const absl::Time end = now_ + std::max(limit, absl::ZeroDuration());
    while (!done() && !plan_.empty() && plan_.begin()->first <= end) {
      const auto next = plan_.extract(plan_.begin());
      now_ = std::max(now_, next.key());
      next.mapped()();
    }
    if (!done()) now_ = std::max(now_, end);
  }

  // The time jumps, as for a process that was stopped meanwhile; for an action.
  void Advance(absl::Duration duration) { now_ += duration; }

  // Plans `action` for `time` after the beginning of the test.
  void At(absl::Duration time, std::function<void()> action) {
    plan_.emplace(begin_ + time, std::move(action));
  }
  // Plans `action` for `wait` from now.
  void After(absl::Duration wait, std::function<void()> action) {
    At(Elapsed() + wait, std::move(action));
  }

 private:
  const absl::Time begin_ = absl::FromUnixSeconds(1'000'000'000);
  absl::Time now_ = begin_;
  std::multimap<absl::Time, std::function<void()>> plan_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_WORKER_SCRIPTED_CLOCK_H_
