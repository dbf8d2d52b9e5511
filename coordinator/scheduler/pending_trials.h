#ifndef ISOSHAPE_COORDINATOR_SCHEDULER_PENDING_TRIALS_H_
#define ISOSHAPE_COORDINATOR_SCHEDULER_PENDING_TRIALS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "isoshape/v1/trial.pb.h"

namespace isoshape {

// The PENDING trials of a campaign in the order in which they are leased, and
// apart by what they need of a worker, so that one is found for a worker
// without a look at all that it cannot train.
class PendingTrials {
 public:
  // Budget and number. Smaller budgets unblock the planner, and among equals
  // the one that waits longest has the smallest number.
  using Key = std::pair<double, int64_t>;
  using Keys = std::set<Key>;

  void Add(int64_t number, const v1::Trial& trial);
  void Remove(int64_t number, const v1::Trial& trial);

  bool empty() const { return all_.empty(); }
  bool operator==(const PendingTrials&) const = default;
  const Keys& all() const { return all_; }

  // What may be said of a trial for a worker.
  enum class Verdict { kTake, kSkip, kSkipAllOfItsNeed };
  // The number of the first trial that `judge` takes, or nothing.
  std::optional<int64_t> First(
      const std::function<Verdict(int64_t number)>& judge) const;

 private:
  // Bytes of memory, whether the trainer must know cooldown branches, and the
  // variant, which decides on data and precision.
  using Need = std::tuple<int64_t, bool, std::string>;
  static Need NeedOf(const v1::Trial& trial);

  Keys all_;
  std::map<Need, Keys> by_need_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_SCHEDULER_PENDING_TRIALS_H_
