#include "coordinator/scheduler/scheduler.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/status_macros.h"
#include "messages/proto_time.h"
#include "messages/resource_name.h"

namespace isoshape {
namespace {

constexpr char kCampaignCounter[] = "campaign";
constexpr char kWorkerCounter[] = "worker";
constexpr char kTokenCounter[] = "fencing_token";
constexpr char kSequenceCounter[] = "event_sequence";
constexpr absl::Duration kPruneInterval = absl::Hours(1);

}  // namespace

absl::StatusOr<std::unique_ptr<Scheduler>> Scheduler::Load(Options options) {
  std::unique_ptr<Scheduler> scheduler(new Scheduler(options));
  ISOSHAPE_RETURN_IF_ERROR(scheduler->LoadAll());
  return scheduler;
}

absl::Status Scheduler::LoadAll() {
  Store& store = *options_.store;
  for (auto& [name, value] : {std::pair{kCampaignCounter, &last_campaign_},
                              std::pair{kWorkerCounter, &last_worker_},
                              std::pair{kTokenCounter, &last_token_},
                              std::pair{kSequenceCounter, &last_sequence_}}) {
    ISOSHAPE_ASSIGN_OR_RETURN(*value, store.GetCounter(name));
    stored_counters_[name] = *value;
  }
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
  return absl::OkStatus();
}

absl::Status Scheduler::LoadCampaign(v1::Campaign campaign) {
  const std::string name = campaign.name();
  CampaignState& state = campaigns_[name];
  state.campaign = std::move(campaign);
  state.campaign.clear_trial_counts();
  const absl::Time least_end = Now() + options_.lease_duration;
  Page<int64_t> page;
  while (true) {
    ISOSHAPE_ASSIGN_OR_RETURN(
        std::vector<v1::Trial> trials,
        options_.store->ListTrials(name, std::nullopt, page));
    if (trials.empty()) break;
    for (v1::Trial& loaded : trials) {
      const int64_t number = static_cast<int64_t>(state.trials.size()) + 1;
      page.after = number;
      if (loaded.name() != MakeTrialName(name, number)) {
        return absl::DataLossError(absl::StrCat(
            "trial ", MakeTrialName(name, number), " is missing, ",
            loaded.name(), " is in its place: the database is damaged"));
      }
      v1::Trial& trial = state.trials.emplace_back(std::move(loaded));
      AddToTrialCount(trial.state(), 1, state.campaign.mutable_trial_counts());
      if (trial.state() == v1::Trial::PENDING) {
        state.pending.emplace(trial.budget_flops(), number);
      } else if (trial.state() == v1::Trial::LEASED) {
        const absl::Time end =
            std::max(FromProto(trial.lease_expire_time()), least_end);
        *trial.mutable_lease_expire_time() = ToProto(end);
        leases_[{FromProto(trial.lease_expire_time()), trial.fencing_token()}] =
            trial.name();
        if (const auto it = workers_.find(trial.worker());
            it != workers_.end()) {
          it->second.add_trials(trial.name());
        }
      }
    }
  }
  RefreshLeasable(state);
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

absl::StatusOr<Scheduler::TrialRef> Scheduler::FindTrial(
    const std::string& name) {
  ISOSHAPE_ASSIGN_OR_RETURN(const TrialName parsed, ParseTrialName(name));
  TrialRef ref;
  if (const auto it = campaigns_.find(parsed.campaign);
      it != campaigns_.end()) {
    ref.campaign = &it->second;
    ref.trial = it->second.Find(parsed.number);
  }
  if (ref.trial == nullptr) {
    return absl::NotFoundError(absl::StrCat("there is no trial ", name));
  }
  return ref;
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
  changed_campaigns_.insert(state.campaign.name());
}

v1::CampaignEvent& Scheduler::AddEvent(const CampaignState& state,
                                       v1::CampaignEvent::Kind kind) {
  v1::CampaignEvent& event = events_.emplace_back();
  event.set_sequence(++last_sequence_);
  *event.mutable_time() = ToProto(Now());
  event.set_kind(kind);
  event.set_campaign(state.campaign.name());
  event.set_campaign_state(state.campaign.state());
  *event.mutable_trial_counts() = state.campaign.trial_counts();
  return event;
}

void Scheduler::NoteCampaign(CampaignState& state, absl::string_view message) {
  MarkChanged(state);
  AddEvent(state, v1::CampaignEvent::CAMPAIGN_CHANGED)
      .set_message(std::string(message));
}

void Scheduler::AppendTrialEvent(const CampaignState& state,
                                 const v1::Trial& trial,
                                 absl::string_view message) {
  v1::CampaignEvent& event = AddEvent(state, v1::CampaignEvent::TRIAL_CHANGED);
  event.set_trial(trial.name());
  event.set_trial_state(trial.state());
  event.set_message(std::string(message));
}

std::vector<Mutation> Scheduler::TakeMutations() {
  std::vector<Mutation> mutations;
  for (const std::string& name : deleted_campaigns_) {
    mutations.push_back(isoshape::DeleteCampaign{name});
  }
  for (const std::string& name : changed_campaigns_) {
    mutations.push_back(PutCampaign{campaigns_.at(name).campaign});
  }
  for (const auto& [name, number] : changed_trials_) {
    mutations.push_back(PutTrial{*campaigns_.at(name).Find(number)});
  }
  for (PutMeasurement& put : measurements_) mutations.push_back(std::move(put));
  for (v1::CampaignEvent& event : events_) {
    mutations.push_back(AppendEvent{std::move(event)});
  }
  for (const std::string& name : changed_workers_) {
    mutations.push_back(PutWorker{workers_.at(name)});
  }
  for (PutRequest& put : requests_.Take()) mutations.push_back(std::move(put));
  for (const auto& [name, value] :
       {std::pair{kCampaignCounter, last_campaign_},
        std::pair{kWorkerCounter, last_worker_},
        std::pair{kTokenCounter, last_token_},
        std::pair{kSequenceCounter, last_sequence_}}) {
    int64_t& stored = stored_counters_[name];
    if (stored == value) continue;
    stored = value;
    mutations.push_back(PutCounter{name, value});
  }
  if (!mutations.empty() && Now() - last_prune_ >= kPruneInterval) {
    last_prune_ = Now();
    mutations.push_back(PruneRequests{Now() - options_.request_memory});
  }
  deleted_campaigns_.clear();
  changed_campaigns_.clear();
  changed_trials_.clear();
  changed_workers_.clear();
  measurements_.clear();
  events_.clear();
  return mutations;
}

}  // namespace isoshape
