#ifndef ISOSHAPE_COORDINATOR_SCHEDULER_ELIGIBILITY_H_
#define ISOSHAPE_COORDINATOR_SCHEDULER_ELIGIBILITY_H_

#include <cstdint>

#include "absl/time/time.h"
#include "isoshape/v1/campaign.pb.h"
#include "isoshape/v1/trial.pb.h"
#include "isoshape/v1/worker.pb.h"

namespace isoshape {

// Why a worker is not given a trial, the one that is hardest to mend first.
enum class Obstacle {
  kNone,
  kReserved,   // it waits for another worker alone
  kNoData,     // it has no data of that name
  kOtherData,  // its data of that name are not those of the campaign's results
  kPrecision,  // its device does not compute in the trial's precision
  kBranches,   // its trainer knows no cooldown branches
  kMemory,     // its memory does not hold the run
  kDraining,
  kSetAside,  // it gave too many trials of the campaign back
  kAvoided,   // it gave this trial back
};

// What stands in the way of any trial of the campaign: no data of any variant,
// draining, being set aside. A worker that was set aside and is to be tried has
// one trial at a time.
Obstacle ObstacleToCampaign(const v1::Worker& worker,
                            const v1::Campaign& campaign, absl::Time now);

// What stands in the way of this trial: the campaign's obstacle, if there is
// one, or the trial's own. A worker that names no data at all is given what is
// reserved for it: who reserved it knows that it has the data.
Obstacle ObstacleTo(const v1::Worker& worker, const v1::Campaign& campaign,
                    const v1::Trial& trial, absl::Time now);

// Whether the worker was in contact within the last lease. The time of its
// contact may lie ahead if the clock was set back.
bool IsConnected(const v1::Worker& worker, absl::Time now,
                 absl::Duration lease_duration);

// The counter of the store that has the longest lease that a worker may go by,
// milliseconds: after a restart with a shorter one, that of before until all
// workers have heard of it (Scheduler::LeaseOf).
inline constexpr char kLongestLeaseCounter[] = "lease_milliseconds";
// The one that has the longest lease that was granted since intervals of
// heartbeats were stretched, and may last (HeartbeatPace::longest_lease).
inline constexpr char kStretchedLeaseCounter[] = "stretched_lease_milliseconds";

// Bytes that a run of the trial takes at least, of one sequence at a time.
int64_t LeastMemory(const v1::Trial& trial);

// How many such trials at once the worker's memory holds, if each passes over
// `tokens` of a step at a time. A step that is too large for the memory is
// split down to single sequences (PassesOfStep of the trainer).
int64_t MaxAtOnce(const v1::Worker& worker, const v1::Trial& trial,
                  int64_t tokens);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_SCHEDULER_ELIGIBILITY_H_
