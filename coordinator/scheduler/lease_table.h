#ifndef ISOSHAPE_COORDINATOR_SCHEDULER_LEASE_TABLE_H_
#define ISOSHAPE_COORDINATOR_SCHEDULER_LEASE_TABLE_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "isoshape/v1/trial.pb.h"

namespace isoshape {

// The leases that are held, by their end. A trial says the end of its lease
// itself (lease_expire_time), which this class alone writes, so that index and
// trial agree. A lease is its fencing token. Not thread-safe.
//
//   LeaseTable leases;
//   trial.set_fencing_token(7);
//   leases.Extend(now + absl::Seconds(30), &trial);
//   while (auto name = leases.TakeEnded(now)) ...  // the trials that lost it
class LeaseTable {
 public:
  // Begins the lease of the trial's fencing token or moves its end.
  void Extend(absl::Time end, v1::Trial* trial);
  // Ends the lease of the trial's fencing token, if it is held.
  void Drop(v1::Trial* trial);
  // Ends the first lease whose end is not after `now`, and returns the name of
  // its trial, of which lease_expire_time is left to Drop.
  std::optional<std::string> TakeEnded(absl::Time now);
  // When the next lease ends; InfiniteFuture if there is none.
  absl::Time NextDeadline() const;

 private:
  using Key = std::pair<absl::Time, int64_t>;  // (end, fencing token)

  std::map<Key, std::string> names_;
  std::map<int64_t, absl::Time> ends_;  // by fencing token
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_SCHEDULER_LEASE_TABLE_H_
