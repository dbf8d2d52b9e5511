#ifndef ISOSHAPE_COORDINATOR_SCHEDULER_AWAY_WORKERS_H_
#define ISOSHAPE_COORDINATOR_SCHEDULER_AWAY_WORKERS_H_

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "isoshape/v1/worker.pb.h"

namespace isoshape {

// Which workers are forgotten without a word of an admin. One that has gone may
// come back and is kept, but whoever may register one may register any number,
// by names that nobody ever hears of again, and each stays in memory and on
// disk. So beyond so many, and beyond so many bytes of what all say of
// themselves, those that have been away longest go. Ten thousand may say 3 kB
// each.
inline constexpr size_t kMaxWorkers = 20'480;
inline constexpr size_t kMaxBytesOfWorkers = size_t{32} << 20;
// Those that are in contact do not go, as who has just registered is. They say
// so much at most: a hundred thousand 1.3 kB each.
inline constexpr size_t kMostBytesOfWorkers = 4 * kMaxBytesOfWorkers;
// A look at all of them at each registration would take long for a fleet that
// is larger and not away.
inline constexpr size_t kLookEach = 256;  // new names
inline constexpr size_t kLookEachBytes = size_t{1} << 20;

// What all workers say of themselves, by the last look at them and by what was
// said since. Not thread-safe.
class WorkerRoom {
 public:
  // Whether to look at all of them, before one registers that says `more` bytes
  // than was known of it; all that it says if it `is_new`. `now` is of
  // Clock::Elapsed.
  bool IsTimeToLook(bool is_new, size_t more, absl::Duration now) const;
  // All were looked at, and those that are to go have gone.
  void Looked(const std::map<std::string, v1::Worker>& workers,
              absl::Duration now);
  // Counts it; RESOURCE_EXHAUSTED, with when to come again, if those that do
  // not go have taken all the room.
  absl::Status Take(bool is_new, size_t more);

 private:
  static constexpr absl::Duration kLookEachWhileFull = absl::Seconds(1);

  bool IsFull(size_t more) const { return bytes_ + more > kMostBytesOfWorkers; }

  size_t bytes_ = 0;
  // Since the last look.
  size_t new_names_ = 0;
  size_t new_bytes_ = 0;
  absl::Duration looked_ = -absl::InfiniteDuration();
};

// The names of those beyond the bounds, and an eighth of the bytes or kLookEach
// more, so that there is room for the next, that hold no trial, do not drain
// and `may_go`; at most 1,024, lest a commit takes long. First those
// of which nothing was heard after they registered, then those whose last
// contact is the oldest.
std::vector<std::string> LongestAway(
    const std::map<std::string, v1::Worker>& workers,
    absl::FunctionRef<bool(const v1::Worker& worker)> may_go);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_SCHEDULER_AWAY_WORKERS_H_
