#ifndef ISOSHAPE_COORDINATOR_SCHEDULER_HEARTBEAT_PACE_H_
#define ISOSHAPE_COORDINATOR_SCHEDULER_HEARTBEAT_PACE_H_

#include <cstddef>
#include <map>

#include "absl/time/time.h"
#include "common/threads/clock.h"

namespace isoshape {

// How often workers are asked to send heartbeats, and how long a lease lives
// without one: a third of the configured lease, and the lease, as long as the
// coordinator can serve that; twice as long, or four times, … if there are more
// leases than kMaxPerSecond heartbeats a second could keep alive, or calls wait
// for long before they have their turn. So a fleet that grows, or a machine
// that is slow, makes calls rarer instead of leases lost.
//
// What a lease was granted with stands: a worker that beats as it was told last
// beats three times in the lease. kMaxInterval bounds how late the loss of a
// worker is seen: three intervals after its last call. Not thread-safe.
//
//   HeartbeatPace pace(absl::Seconds(30), clock);
//   pace.SetLeases(10'000);  // interval() is 80 s, lease() 240 s
class HeartbeatPace {
 public:
  // Heartbeats that this program serves beside other calls on two cores.
  static constexpr double kMaxPerSecond = 200;
  // No interval is stretched beyond it; one that is configured may be longer.
  static constexpr absl::Duration kMaxInterval = absl::Minutes(5);
  // Calls that wait longer are a reason to ask for fewer, if those after them
  // do too: one write that the disk took long for is none. If none waited for a
  // quarter of it in kRest, for more.
  static constexpr absl::Duration kLongWait = absl::Milliseconds(500);
  // Between two steps up, so that workers hear of one before the next.
  static constexpr absl::Duration kStep = absl::Seconds(5);
  static constexpr absl::Duration kRest = absl::Seconds(30);

  HeartbeatPace(absl::Duration lease_duration, Clock* clock)
      : configured_(lease_duration), clock_(clock) {}

  // How many leases are held from now on.
  void SetLeases(size_t leases);
  // A lease of lease() is granted now, or extended to that.
  void NoteGrant() { ends_[lease()] = clock_->Elapsed() + lease(); }
  // How long the call that waited longest, of those served now, waited for its
  // turn, also behind calls that the disk had. What it waits for the disk after
  // its turn does not count: its lease was extended at its turn.
  void NoteWait(absl::Duration wait);
  // Leases of before a restart were granted for as long as this.
  void Restore(absl::Duration longest_lease);
  // Every lease has its full length from now on (LeaseTable::ExtendAll).
  void ExtendAll();

  // For answers that are given now.
  absl::Duration interval() const { return lease() / 3; }
  absl::Duration lease() const;
  // The longest lease that was granted and may last, or the configured one: how
  // long a worker that does as it was told may be silent. Falls when the time
  // of the longer ones is over.
  absl::Duration longest_lease();

 private:
  int MaxLevel() const;

  const absl::Duration configured_;  // the lease
  Clock* const clock_;
  // Powers of two: for the number of leases, and for waits.
  int of_leases_ = 0;
  int of_waits_ = 0;
  absl::Duration raised_ = -absl::InfiniteDuration();  // of_waits_
  absl::Duration waited_ = -absl::InfiniteDuration();  // the last that was felt
  bool long_wait_ = false;                             // the newest
  // When the last lease of each length that was granted is over.
  std::map<absl::Duration, absl::Duration> ends_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_SCHEDULER_HEARTBEAT_PACE_H_
