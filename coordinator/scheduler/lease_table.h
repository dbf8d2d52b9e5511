#ifndef ISOSHAPE_COORDINATOR_SCHEDULER_LEASE_TABLE_H_
#define ISOSHAPE_COORDINATOR_SCHEDULER_LEASE_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "common/threads/clock.h"
#include "isoshape/v1/trial.pb.h"

namespace isoshape {

// The leases that are held, by their end on the clock that nobody sets
// (Clock::Elapsed): a jump of the time of day ends no lease and keeps none. A
// trial says the end of its lease by the time of day, for people; this class
// alone writes that. A lease is its fencing token. Not thread-safe.
//
//   LeaseTable leases(clock);
//   trial.set_fencing_token(7);
//   leases.Extend(absl::Seconds(30), &trial);
//   while (auto name = leases.TakeEnded()) ...  // the trials that lost it
class LeaseTable {
 public:
  explicit LeaseTable(Clock* clock) : clock_(clock) {}

  // Begins the lease of the trial's fencing token, or moves its end, to
  // `length` from now, but never to an earlier time: what was granted stands.
  // True if it began, or if its end has moved by an eighth of `length` since
  // this was last true: then readers are to be told.
  bool Extend(absl::Duration length, v1::Trial* trial);
  // The process was away for so long: moves the end of every lease to the
  // length of its last Extend from now, unless it would end later, and leaves
  // the time away out of its Age. The trials' lease_expire_time follows with
  // their next Extend.
  void ExtendAll(absl::Duration away);
  // Ends the lease of the trial's fencing token, if it is held.
  void Drop(v1::Trial* trial);
  // Ends the first lease whose end has come, and returns the name of its trial,
  // of which lease_expire_time is left to Drop.
  std::optional<std::string> TakeEnded();
  // By Clock::Elapsed, when the next lease ends; infinite if there is none.
  absl::Duration NextDeadline() const;
  // How long the lease of the trial's fencing token has been held, without the
  // time that the process was away; zero if it is not held.
  absl::Duration Age(const v1::Trial& trial) const;
  bool empty() const { return names_.empty(); }
  size_t size() const { return names_.size(); }

 private:
  struct Held {
    absl::Duration begin, end, length;
    absl::Duration told;  // the end of which Extend returned true last
  };
  using Key = std::pair<absl::Duration, int64_t>;  // (end, fencing token)

  Clock* const clock_;
  std::map<Key, std::string> names_;
  std::map<int64_t, Held> held_;  // by fencing token
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_SCHEDULER_LEASE_TABLE_H_
