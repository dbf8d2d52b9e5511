#ifndef ISOSHAPE_MESSAGES_TRIAL_LIFECYCLE_H_
#define ISOSHAPE_MESSAGES_TRIAL_LIFECYCLE_H_

#include <cstdint>

#include "isoshape/v1/campaign.pb.h"
#include "isoshape/v1/trial.pb.h"

namespace isoshape {

// Whether a trial in that state is over.
bool IsFinal(v1::Trial::State state);

// Whether training went on until there was something to measure, and nobody
// excluded it: SUCCEEDED or DIVERGED.
bool WasMeasured(const v1::Trial& trial);

// Whether it is one of the campaign's own results, which its search, fits and
// best shapes rest on: neither a check of a prediction nor IMPORTED.
bool IsOfSearch(const v1::Trial& trial);

// Whether the campaign trained it, or is to: it is not IMPORTED.
bool IsTrainedHere(const v1::Trial& trial);

// How many trials have ended, and how many there are in all.
int64_t EndedTrials(const v1::TrialCounts& counts);
int64_t AllTrials(const v1::TrialCounts& counts);

// Whether it is RUNNING or PAUSED.
bool IsLive(const v1::Campaign& campaign);

// Whether the campaign has all that it will get by itself: COMPLETED or
// INCOMPLETE.
bool HasEnded(const v1::Campaign& campaign);

// Whether nothing will happen to the campaign by itself any more: it has ended,
// or is CANCELLED with no worker left to obey.
bool IsOver(const v1::Campaign& campaign);

}  // namespace isoshape

#endif  // ISOSHAPE_MESSAGES_TRIAL_LIFECYCLE_H_
