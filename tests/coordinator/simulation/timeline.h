#ifndef ISOSHAPE_TESTS_COORDINATOR_SIMULATION_TIMELINE_H_
#define ISOSHAPE_TESTS_COORDINATOR_SIMULATION_TIMELINE_H_

#include <functional>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/threads/clock.h"

namespace isoshape {

// The one thread of a simulated world: what happens when, all randomness from
// one seed, and what has happened. Not thread-safe.
class Timeline {
 public:
  explicit Timeline(uint64_t seed) : random_(seed) {}

  // Does it after so long, in the order of time and then of these calls.
  void After(absl::Duration delay, std::function<void()> action) {
    events_.emplace(clock_.Elapsed() + delay, std::move(action));
  }
  // Lets time pass until `done`, at most until `limit` (on Clock::Elapsed).
  // Nothing is left undone before.
  void Run(absl::Duration limit, const std::function<bool()>& done) {
    while (!events_.empty() && failure_.empty() && !done()) {
      const auto next = events_.begin();
      if (next->first > limit) return;
      clock_.Sleep(next->first - clock_.Elapsed());
      const std::function<void()> action = std::move(next->second);
      events_.erase(next);
      action();
    }
  }

  // Random numbers that are the same on every machine, as those of <random>'s
  // distributions are not: from 0 to `count` - 1.
  size_t Pick(size_t count) { return random_() % count; }
  bool Chance(double probability) {
    return static_cast<double>(random_() >> 11) <
           probability * static_cast<double>(uint64_t{1} << 53);
  }
  absl::Duration Between(double seconds, double more_seconds) {
    constexpr double kParts = 1 << 20;
    return absl::Seconds(seconds + (more_seconds - seconds) *
                                       static_cast<double>(Pick(1 << 20)) /
                                       kParts);
  }

  void Note(absl::string_view what) {
    history_.push_back(absl::StrFormat(
        "%9.3f %s", absl::ToDoubleSeconds(clock_.Elapsed()), what));
  }
  // An invariant does not hold: the first ends the world.
  void Fail(absl::string_view what) {
    Note(absl::StrCat("FAILED: ", what));
    if (failure_.empty()) failure_ = std::string(what);
  }
  const std::string& failure() const { return failure_; }
  const std::vector<std::string>& history() const { return history_; }

  FakeClock& clock() { return clock_; }
  std::mt19937_64& random() { return random_; }

 private:
  FakeClock clock_;
  std::mt19937_64 random_;
  std::multimap<absl::Duration, std::function<void()>> events_;
  std::vector<std::string> history_;
  std::string failure_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_COORDINATOR_SIMULATION_TIMELINE_H_
