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
#include <vector>

#include "isoshape/v1/trial.pb.h"

namespace isoshape {

// The PENDING trials of a campaign in the order in which they are leased, and
// apart by who may train them and what they need of a worker, so that one is
// found for a worker without a look at all that it cannot train.
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
  // The number of the first trial that `judge` takes, or nothing: of those that
  // are reserved for the worker (`workers/{id}`), which nobody else may train,
  // and then of those that any may.
  std::optional<int64_t> First(
      const std::string& worker,
      const std::function<Verdict(int64_t number)>& judge) const;
  // The numbers of those that are reserved for the worker.
  std::vector<int64_t> ReservedFor(const std::string& worker) const;
  bool ReservesFor(const std::string& worker) const {
    return !worker.empty() && by_worker_.contains(worker);
  }

 private:
  // Bytes of memory, whether the trainer must know cooldown branches, and the
  // variant, which decides on data and precision.
  using Need = std::tuple<int64_t, bool, std::string>;
  static Need NeedOf(const v1::Trial& trial);

  using ByNeed = std::map<Need, Keys>;
  static std::optional<Key> FirstOf(
      const ByNeed& by_need,
      const std::function<Verdict(int64_t number)>& judge);

  Keys all_;
  // By Trial.reserved_worker; empty: any.
  std::map<std::string, ByNeed> by_worker_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_SCHEDULER_PENDING_TRIALS_H_
