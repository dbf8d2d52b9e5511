#ifndef ISOSHAPE_COORDINATOR_SCHEDULER_WORKER_FAULTS_H_
#define ISOSHAPE_COORDINATOR_SCHEDULER_WORKER_FAULTS_H_

#include <set>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "isoshape/v1/campaign.pb.h"
#include "isoshape/v1/trial.pb.h"

namespace isoshape {

// Whose fault it was: a worker that gives trials of a campaign back for reasons
// of its own, or with its trainer lost (Campaign.set_aside). The trial avoids
// it for a while; after kMaxFaults in a row the worker gets none of the
// campaign's trials for a while, then one at a time to try it, until one
// succeeds. The times are of day; none lasts for more than an hour, however the
// clock is set meanwhile.
inline constexpr int kMaxFaults = 3;
inline constexpr absl::Duration kMaxPause = absl::Hours(1);

// Notes a fault; one that is `certain` to come again sets the worker aside at
// once. Returns when the worker may be given trials again, `now` if it is not
// set aside.
absl::Time NoteFault(absl::string_view worker, absl::string_view reason,
                     bool certain, absl::Time now, v1::Campaign* campaign);

// Whether the worker is set aside for having these faults.
bool IsSetAside(const v1::SetAside& faults, absl::Time now);

// Forgets the faults of the worker. Returns whether it had been set aside.
bool ForgiveFaults(absl::string_view worker, v1::Campaign* campaign);

// The faults of the worker, or nullptr.
const v1::SetAside* FaultsOf(const v1::Campaign& campaign,
                             absl::string_view worker);

// Makes the trial avoid the worker for a while, after it has come back from
// workers `times`; longer each time. Returns until when.
absl::Time AvoidWorker(absl::string_view worker, absl::Time now, int times,
                       v1::Trial* trial);

// Whether the trial avoids the worker now.
bool Avoids(const v1::Trial& trial, absl::string_view worker, absl::Time now);

// When the pauses end that are stored, so that whoever waits for a trial looks
// again then. They are kept by the time of day, as IsSetAside and Avoids read
// them. Kept by Clock::Elapsed, such a moment would come too early after the
// time of day was set back, and never again. One that is over is kept for
// kMaxPause, since it lasts again if the time of day is set back behind it:
// clocks are set back by a little often, and a look at all trials takes long.
// Not thread-safe.
//
//   if (ends.MustBeginAnew(now)) …  // Add those of all that is stored
//   if (ends.TakeEnded(now)) …      // tell those who wait
class PauseEnds {
 public:
  void Add(absl::Time end) { ends_.insert(end); }
  // Forgets all and returns true at the first call, and if the time of day is
  // less than one that was dropped: then pauses that are not kept may last.
  bool MustBeginAnew(absl::Time now);
  // Whether a pause may have ended since the last call: its time has come, or,
  // the time of day having been set back, it would last for more than
  // kMaxPause. Drops those that are over for so long.
  bool TakeEnded(absl::Time now);
  // When the next one ends after the last call; infinitely late if none does.
  absl::Time Next() const {
    const auto next = ends_.upper_bound(seen_);
    return next == ends_.end() ? absl::InfiniteFuture() : *next;
  }

 private:
  std::set<absl::Time> ends_;
  // The last one that was dropped; all, before the first call.
  absl::Time dropped_ = absl::InfiniteFuture();
  absl::Time seen_ = absl::InfiniteFuture();  // by the last TakeEnded
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_SCHEDULER_WORKER_FAULTS_H_
