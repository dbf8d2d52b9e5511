#ifndef ISOSHAPE_COORDINATOR_SCHEDULER_CAMPAIGN_STATE_H_
#define ISOSHAPE_COORDINATOR_SCHEDULER_CAMPAIGN_STATE_H_

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "coordinator/planning/plan_history.h"
#include "coordinator/scheduler/pending_trials.h"
#include "isoshape/v1/campaign.pb.h"
#include "isoshape/v1/trial.pb.h"

namespace isoshape {

// A campaign as the scheduler holds it: the stored messages and what is looked
// up often. Follows from the stored messages alone.
struct CampaignState {
  v1::Campaign campaign;
  // False if the trials, and what follows from them below, are in the store
  // alone (EndedCampaigns); of a campaign that is over.
  bool has_trials = true;
  // The trial of number n is at n - 1; references stay valid as it grows.
  std::deque<v1::Trial> trials;
  PendingTrials pending;
  PlanHistory history;  // of `trials`
  // The numbers of the trials that some worker avoids (Trial.avoided).
  std::set<int64_t> avoided;
  // By source, the numbers of the trials that were imported. They are in no
  // count of the campaign's trials.
  std::map<std::string, int64_t> imported;
  // True if the algorithm said that it will never propose again.
  bool planner_done = false;
  // The campaign waits for a plan: it is to be made, or is being made.
  bool plan_wanted = false;
  bool plan_under_way = false;
  // Trials have ended since the last plan was ordered.
  bool plan_old = false;
  // Grows when what is asked for changes; a plan for other terms is dropped.
  int64_t terms = 0;
  // By Clock::Elapsed: when the plan under way was asked for, and until when
  // none is made as long as trials wait for workers.
  absl::Duration plan_begin = absl::ZeroDuration();
  absl::Duration plan_rest = -absl::InfiniteDuration();
  // The store could not give the results of its priors: no plan till plan_rest.
  bool priors_unread = false;
  // Trials of the last plan that are still to be added: too many for one
  // commit. Not stored, as the next plan would bring them again.
  std::deque<v1::Trial> proposed;

  // The trial of that number, or nullptr.
  v1::Trial* Find(int64_t number);
  const v1::Trial* Find(int64_t number) const;
  // The numbers of the trials that are trained here and are the same run
  // (IsSameRun), ascending.
  std::vector<int64_t> SameRuns(const v1::Trial& trial) const;
  // Whether a trial may be leased now.
  bool Leasable() const;
  // Whether the search may still add trials to it.
  bool AwaitsTrials() const;
  // Whether its trials are here, and nothing will happen to them by itself.
  bool MayRest() const;
  // Forgets the trials, which are in the store. MayRest must hold.
  void DropTrials();
  // As its caller sees it: trials still to be added count as PENDING.
  v1::Campaign AsPlanned() const;
};

// How many trials are in that state; 0 for STATE_UNSPECIFIED.
int32_t TrialCount(const v1::TrialCounts& counts, v1::Trial::State state);
void AddToTrialCount(v1::Trial::State state, int32_t difference,
                     v1::TrialCounts* counts);

// Sets Campaign.expected_flops, or takes it away; false if it is that already.
bool SetExpected(std::optional<double> flops, v1::Campaign& campaign);

// FAILED_PRECONDITION: `campaign X is STATE and cannot be VERB; REMEDY`.
absl::Status WrongState(const v1::Campaign& campaign, absl::string_view verb,
                        absl::string_view remedy);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_SCHEDULER_CAMPAIGN_STATE_H_
