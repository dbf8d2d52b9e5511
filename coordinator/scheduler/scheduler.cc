#include "coordinator/scheduler/scheduler.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"
#include "coordinator/planning/campaign_defaults.h"
#include "messages/json/proto_time.h"
#include "messages/names/resource_name.h"
#include "messages/trial/lifecycle.h"

namespace isoshape {
namespace {

// What is old goes in slices, so that no commit waits for many: this often at
// most, and so much at a time.
constexpr absl::Duration kPruneInterval = absl::Milliseconds(20);
constexpr int kPruneSlice = 100;

// The counter of RequestTime, in milliseconds since 1970.
constexpr char kRequestTime[] = "request_time";

}  // namespace

absl::StatusOr<std::unique_ptr<Scheduler>> Scheduler::Load(Options options) {
  std::unique_ptr<Scheduler> scheduler(new Scheduler(options));
  ISOSHAPE_RETURN_IF_ERROR(scheduler->LoadAll());
  return scheduler;
}

absl::Status Scheduler::LoadAll() {
  Store& store = *options_.store;
  ISOSHAPE_RETURN_IF_ERROR(changes_.Load(store, Now(), options_.tokens_after));
  ISOSHAPE_ASSIGN_OR_RETURN(const int64_t request_time,
                            store.GetCounter(kRequestTime));
  request_time_ =
      request_time == 0 ? Now() : absl::FromUnixMillis(request_time);
  told_before_ = absl::Milliseconds(changes_.Get(Counter::kLease));
  pace_.Restore(absl::Milliseconds(changes_.Get(Counter::kStretchedLease)));
  Page<std::string> page;
  while (true) {
    ISOSHAPE_ASSIGN_OR_RETURN(const std::vector<v1::Worker> workers,
                              store.ListWorkers(page));
    if (workers.empty()) break;
    page.after = workers.back().name();
    for (const v1::Worker& worker : workers) {
      v1::Worker& known = workers_[worker.name()] = worker;
      known.clear_trials();
    }
  }
  page.after.reset();
  while (true) {
    ISOSHAPE_ASSIGN_OR_RETURN(const std::vector<v1::Campaign> campaigns,
                              store.ListCampaigns(page));
    if (campaigns.empty()) break;
    page.after = campaigns.back().name();
    for (const v1::Campaign& campaign : campaigns) {
      ISOSHAPE_RETURN_IF_ERROR(LoadCampaign(campaign));
    }
  }
  // Grants are listed by campaign above; a worker's trials are kept sorted.
  for (auto& [name, worker] : workers_) {
    std::sort(worker.mutable_trials()->begin(), worker.mutable_trials()->end());
  }
  pace_.SetLeases(leases_.size());
  EndPauses();
  // Every answer tells the new length, so that workers may go by it from now.
  if (!workers_.empty()) {
    changes_.Set(Counter::kLease, absl::ToInt64Milliseconds(std::max(
                                      options_.lease_duration, told_before_)));
  }
  return absl::OkStatus();
}

absl::Status Scheduler::LoadCampaign(v1::Campaign campaign) {
  CampaignState& state = campaigns_[campaign.name()];
  state.campaign = std::move(campaign);
  if (state.campaign.max_lost_machines() == 0) {
    state.campaign.set_max_lost_machines(kMaxLostMachines);
  }
  // One that is over waits for a verb that needs its trials, unless it was
  // stored by somebody who counted none. Imported ones are never counted, which
  // campaigns may have alone that came with them.
  if (IsOver(state.campaign) && (AllTrials(state.campaign.trial_counts()) > 0 ||
                                 state.campaign.algorithm().has_external())) {
    state.DropTrials();
  } else {
    ISOSHAPE_RETURN_IF_ERROR(LoadTrials(state));
    ended_.NoteUse(state.campaign.name());
  }
  RefreshLeasable(state);
  state.terms = ++terms_;
  // The results that came last may not have been planned upon.
  if (options_.plans_apart && !options_.read_only && IsLive(state.campaign)) {
    WantPlan(state);
  }
  return absl::OkStatus();
}

absl::StatusOr<CampaignState*> Scheduler::FindCampaign(
    const std::string& name) {
  ISOSHAPE_RETURN_IF_ERROR(CheckCampaignName(name));
  const auto it = campaigns_.find(name);
  if (it == campaigns_.end()) {
    return absl::NotFoundError(absl::StrCat("there is no campaign ", name));
  }
  return &it->second;
}

void Scheduler::RefreshLeasable(const CampaignState& state) {
  if (state.Leasable()) {
    leasable_.insert(state.campaign.name());
  } else {
    leasable_.erase(state.campaign.name());
  }
}

void Scheduler::MarkChanged(CampaignState& state) {
  *state.campaign.mutable_update_time() = ToProto(Now());
  changes_.CampaignChanged(state.campaign.name());
  ended_.NoteUse(state.campaign.name());
}

void Scheduler::NoteCampaign(CampaignState& state, absl::string_view message) {
  MarkChanged(state);
  changes_.AddEvent(state.campaign, v1::CampaignEvent::CAMPAIGN_CHANGED, Now())
      .set_message(std::string(message));
}

void Scheduler::AppendTrialEvent(const CampaignState& state,
                                 const v1::Trial& trial,
                                 absl::string_view message) {
  v1::CampaignEvent& event = changes_.AddEvent(
      state.campaign, v1::CampaignEvent::TRIAL_CHANGED, Now());
  event.set_trial(trial.name());
  event.set_trial_state(trial.state());
  event.set_message(std::string(message));
}

std::vector<Mutation> Scheduler::TakeMutations() {
  if (options_.read_only) return {};
  if (const absl::Duration longest = pace_.longest_lease();
      longest > options_.lease_duration ||
      changes_.Get(Counter::kStretchedLease) != 0) {
    changes_.Set(Counter::kStretchedLease, absl::ToInt64Milliseconds(longest));
  }
  std::vector<Mutation> mutations = changes_.Take(campaigns_, workers_);
  // What they had to say is in the list above, which is stored before any
  // other verb reads, or the scheduler is thrown away.
  ended_.LetGo(campaigns_);
  std::vector<PutRequest> answers = requests_.Take();
  const bool answered = !answers.empty();
  for (PutRequest& put : answers) mutations.push_back(std::move(put));
  const absl::Duration elapsed = options_.clock->Elapsed();
  const bool prune =
      !mutations.empty() && elapsed - last_prune_ >= kPruneInterval;
  if (answered || prune) {
    mutations.push_back(
        PutCounter{kRequestTime, absl::ToUnixMillis(RequestTime())});
  }
  if (prune) {
    last_prune_ = elapsed;
    mutations.push_back(
        PruneRequests{RequestTime() - options_.request_memory, kPruneSlice});
    // A clock that was set forth since Load makes no event older than it is.
    const absl::Time now = std::min(Now(), begin_time_ + (elapsed - begin_));
    mutations.push_back(
        PruneEvents{now - options_.request_memory, kPruneSlice});
  }
  return mutations;
}

}  // namespace isoshape
