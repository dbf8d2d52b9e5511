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
// them: a moment of another clock would come while a pause lasts whose end the
// time of day was set away from, and never again. Not thread-safe.
//
//   if (ends.MustBeginAnew(now)) …  // Add those of all that is stored
//   if (ends.TakeEnded(now)) …      // tell those who wait
class PauseEnds {
 public:
  // One that is over already is passed over.
  void Add(absl::Time end) {
    if (end > seen_) ends_.insert(end);
  }
  // Forgets all and returns true at the first call, and if the time of day is
  // less than at the last one: then pauses that were over may last again. If it
  // was set back by less than has passed since, what was over is over still.
  bool MustBeginAnew(absl::Time now);
  // Takes those whose time has come. Whether a pause may have ended since the
  // last call: one of them, or, the time having been set back, one that would
  // last for more than kMaxPause.
  bool TakeEnded(absl::Time now);
  // When the next one ends; infinitely late if there is none.
  absl::Time Next() const {
    return ends_.empty() ? absl::InfiniteFuture() : *ends_.begin();
  }

 private:
  std::set<absl::Time> ends_;
  absl::Time seen_ = absl::InfiniteFuture();  // at the last call
  bool anew_ = false;                         // since the last TakeEnded
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_SCHEDULER_WORKER_FAULTS_H_
