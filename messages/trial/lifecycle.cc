#include "messages/trial/lifecycle.h"

namespace isoshape {

bool IsFinal(v1::Trial::State state) {
  return state != v1::Trial::STATE_UNSPECIFIED && state != v1::Trial::PENDING &&
         state != v1::Trial::LEASED;
}

bool WasMeasured(const v1::Trial& trial) {
  return !trial.excluded() && (trial.state() == v1::Trial::SUCCEEDED ||
                               trial.state() == v1::Trial::DIVERGED);
}

bool IsOfSearch(const v1::Trial& trial) {
  return trial.purpose() != v1::Trial::VERIFICATION && IsTrainedHere(trial);
}

bool IsTrainedHere(const v1::Trial& trial) {
  return trial.purpose() != v1::Trial::IMPORTED;
}

int64_t EndedTrials(const v1::TrialCounts& counts) {
  return int64_t{counts.succeeded()} + counts.diverged() + counts.stopped() +
         counts.failed() + counts.cancelled();
}

int64_t AllTrials(const v1::TrialCounts& counts) {
  return EndedTrials(counts) + counts.pending() + counts.leased();
}

bool IsLive(const v1::Campaign& campaign) {
  return campaign.state() == v1::Campaign::RUNNING ||
         campaign.state() == v1::Campaign::PAUSED;
}

bool HasEnded(const v1::Campaign& campaign) {
  return campaign.state() == v1::Campaign::COMPLETED ||
         campaign.state() == v1::Campaign::INCOMPLETE;
}

bool IsOver(const v1::Campaign& campaign) {
  return HasEnded(campaign) || (campaign.state() == v1::Campaign::CANCELLED &&
                                campaign.trial_counts().leased() == 0);
}

}  // namespace isoshape
