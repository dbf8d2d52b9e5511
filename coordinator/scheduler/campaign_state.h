#ifndef ISOSHAPE_COORDINATOR_SCHEDULER_CAMPAIGN_STATE_H_
#define ISOSHAPE_COORDINATOR_SCHEDULER_CAMPAIGN_STATE_H_

#include <cstdint>
#include <deque>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "isoshape/v1/campaign.pb.h"
#include "isoshape/v1/trial.pb.h"

namespace isoshape {

// A campaign as the scheduler holds it: the stored messages and what is looked
// up often. Follows from the stored messages alone.
struct CampaignState {
  v1::Campaign campaign;
  // The trial of number n is at n - 1; references stay valid as it grows.
  std::deque<v1::Trial> trials;
  // (budget, number) of every PENDING trial: the order in which they are
  // leased. Smaller budgets unblock the planner, and among equals the one that
  // waits longest has the smallest number.
  std::set<std::pair<double, int64_t>> pending;
  // True if the algorithm said that it will never propose again.
  bool planner_done = false;

  // The trial of that number, or nullptr.
  v1::Trial* Find(int64_t number);
  const v1::Trial* Find(int64_t number) const;
  std::vector<const v1::Trial*> AllTrials() const;
  // Whether a trial may be leased now.
  bool Leasable() const;
};

// How many trials are in that state; 0 for STATE_UNSPECIFIED.
int32_t TrialCount(const v1::TrialCounts& counts, v1::Trial::State state);
void AddToTrialCount(v1::Trial::State state, int32_t difference,
                     v1::TrialCounts* counts);

// Whether a trial in that state is over.
bool IsFinal(v1::Trial::State state);

// Whether the campaign has all that it will get by itself: COMPLETED or
// INCOMPLETE.
bool HasEnded(const v1::Campaign& campaign);

// FAILED_PRECONDITION: `campaign X is STATE and cannot be VERB; REMEDY`.
absl::Status WrongState(const v1::Campaign& campaign, absl::string_view verb,
                        absl::string_view remedy);

// Whether nothing will happen to the campaign by itself any more: it has ended,
// or is CANCELLED with no worker left to obey.
bool IsOver(const v1::Campaign& campaign);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_SCHEDULER_CAMPAIGN_STATE_H_
