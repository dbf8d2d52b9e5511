// Which trials a worker is given, and in which company.
#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status_macros.h"
#include "coordinator/planning/trunk_sharing.h"
#include "coordinator/scheduler/scheduler.h"
#include "coordinator/scheduler/scheduler_once.h"
#include "messages/proto_time.h"
#include "messages/resource_name.h"
#include "messages/shape_proto.h"
#include "shape/accounting.h"
#include "shape/synthetic_task.h"

namespace isoshape {
namespace {

// What workers call all generated tasks together (worker.proto).
constexpr std::string_view kSyntheticDataset = "synthetic";
constexpr absl::Duration kLongestWait = absl::Seconds(60);

// Whether the worker has the data, or a trainer that makes them.
bool Has(const v1::Worker& worker, const std::string& dataset) {
  const std::string_view name =
      IsSyntheticName(dataset) ? kSyntheticDataset : dataset;
  return std::find(worker.datasets().begin(), worker.datasets().end(), name) !=
         worker.datasets().end();
}

// How many such trials at once the worker's memory holds.
int64_t MostAtOnce(const v1::Worker& worker, const v1::Trial& trial) {
  if (worker.memory_limit_bytes() == 0) {
    return std::numeric_limits<int64_t>::max();
  }
  const int64_t one =
      EstimateTrainingMemory(FromProto(trial.shape()), trial.tokens_per_step())
          .total();
  return worker.memory_limit_bytes() / std::max<int64_t>(one, 1);
}

bool Fits(const v1::Worker& worker, const v1::Trial& trial) {
  if (!trial.branches().empty() && !worker.branches()) return false;
  return MostAtOnce(worker, trial) >= 1;
}

// Whether a trial may be trained beside others. One that was lost may have
// brought down its trainer, and others with it.
bool Sociable(const v1::Trial& trial) {
  return trial.branches().empty() && trial.lost_leases() == 0;
}

// Whether two trials of one campaign and budget can be one batched model.
bool AreReplicas(const v1::Trial& a, const v1::Trial& b) {
  return Sociable(a) && Sociable(b) && a.steps() == b.steps() &&
         a.tokens_per_step() == b.tokens_per_step() &&
         FromProto(a.shape()) == FromProto(b.shape());
}

// The PENDING trials that can be trained with `first` as one batched model of
// at most `most` trials, itself not among them.
std::vector<v1::Trial*> ReplicasOf(CampaignState& state, const v1::Trial& first,
                                   const v1::Worker& worker, int64_t most) {
  most = std::min(most, MostAtOnce(worker, first));
  std::vector<v1::Trial*> replicas;
  for (auto key = state.pending.lower_bound({first.budget_flops(), 0});
       key != state.pending.end() && key->first == first.budget_flops();
       ++key) {
    if (static_cast<int64_t>(replicas.size()) + 1 >= most) break;
    v1::Trial* const candidate = state.Find(key->second);
    if (candidate != &first && AreReplicas(first, *candidate)) {
      replicas.push_back(candidate);
    }
  }
  return replicas;
}

}  // namespace

absl::StatusOr<v1::LeaseTrialsResponse> Scheduler::LeaseTrials(
    const v1::LeaseTrialsRequest& request) {
  ISOSHAPE_RETURN_IF_ERROR(CheckWorkerName(request.worker()));
  if (request.max_trials() < 1 || request.max_trials() > 64) {
    return absl::InvalidArgumentError(absl::StrCat(
        "max_trials ", request.max_trials(), " is out of range; give 1 to 64"));
  }
  if (request.replicas() < 0 || request.replicas() > 64) {
    return absl::InvalidArgumentError(
        absl::StrCat("replicas ", request.replicas(),
                     " is out of range; give 1 to 64, or 0 for none"));
  }
  const absl::Duration wait = FromProto(request.wait());
  if (wait < absl::ZeroDuration() || wait > kLongestWait) {
    return absl::InvalidArgumentError(
        absl::StrCat("wait ", absl::FormatDuration(wait),
                     " is out of range; give 0 to 60 s"));
  }
  const bool keeps = !request.request_id().empty();
  std::optional<v1::LeaseTrialsResponse> granted;
  absl::StatusOr<v1::LeaseTrialsResponse> answer;
  if (!keeps) {
    ExpireLeases();
    return Grant(request);
  }
  // An answer without leases is not kept: asking again may bring some.
  constexpr char kNothing[] = "no lease";
  answer = Once(request, [&]() -> absl::StatusOr<v1::LeaseTrialsResponse> {
    ISOSHAPE_ASSIGN_OR_RETURN(granted, Grant(request));
    if (granted->leases().empty()) return absl::CancelledError(kNothing);
    return *granted;
  });
  if (granted.has_value()) return *granted;
  if (!answer.ok()) return answer;
  // A request sent again: what of its leases is still valid, as it is now.
  v1::LeaseTrialsResponse valid;
  for (const v1::Lease& lease : answer->leases()) {
    const absl::StatusOr<TrialRef> ref = CheckLease(
        request.worker(), lease.trial().name(), lease.fencing_token());
    if (!ref.ok()) continue;
    *valid.add_leases() = MakeLease(*ref->campaign, *ref->trial);
    valid.mutable_leases()->rbegin()->set_replica_of(lease.replica_of());
  }
  return valid;
}

absl::StatusOr<v1::LeaseTrialsResponse> Scheduler::Grant(
    const v1::LeaseTrialsRequest& request) {
  const auto it = workers_.find(request.worker());
  if (it == workers_.end()) {
    return absl::NotFoundError(absl::StrCat(
        "there is no worker ", request.worker(), "; register it first"));
  }
  v1::Worker& worker = it->second;
  Touch(worker.name());
  v1::LeaseTrialsResponse response;
  for (int granted = 0; granted < request.max_trials(); ++granted) {
    // Campaigns share the workers evenly: the one with the fewest running
    // trials is next, and among equals the one whose trial waits longest.
    CampaignState* chosen = nullptr;
    v1::Trial* next = nullptr;
    for (const std::string& name : leasable_) {
      CampaignState& state = campaigns_.at(name);
      const int32_t running = state.campaign.trial_counts().leased();
      if (!Has(worker, state.campaign.dataset()) ||
          (chosen != nullptr &&
           running > chosen->campaign.trial_counts().leased())) {
        continue;
      }
      const auto first = std::find_if(
          state.pending.begin(), state.pending.end(), [&](const auto& key) {
            return Fits(worker, *state.Find(key.second));
          });
      if (first == state.pending.end()) continue;
      v1::Trial* const candidate = state.Find(first->second);
      if (chosen == nullptr ||
          running < chosen->campaign.trial_counts().leased() ||
          FromProto(candidate->create_time()) <
              FromProto(next->create_time())) {
        chosen = &state;
        next = candidate;
      }
    }
    if (chosen == nullptr) break;
    const std::vector<v1::Trial*> replicas =
        ReplicasOf(*chosen, *next, worker, request.replicas());
    GrantOne(*chosen, *next, worker);
    *response.add_leases() = MakeLease(*chosen, *next);
    for (v1::Trial* replica : replicas) {
      GrantOne(*chosen, *replica, worker);
      v1::Lease& lease = *response.add_leases();
      lease = MakeLease(*chosen, *replica);
      lease.set_replica_of(next->name());
    }
  }
  return response;
}

void Scheduler::GrantOne(CampaignState& state, v1::Trial& trial,
                         v1::Worker& worker) {
  trial.set_worker(worker.name());
  trial.set_fencing_token(++last_token_);
  *trial.mutable_start_time() = ToProto(Now());
  *trial.mutable_lease_expire_time() = ToProto(Now() + options_.lease_duration);
  leases_[{FromProto(trial.lease_expire_time()), trial.fencing_token()}] =
      trial.name();
  SetState(state, trial, v1::Trial::LEASED);
  worker.add_trials(trial.name());
  std::sort(worker.mutable_trials()->begin(), worker.mutable_trials()->end());
  changed_workers_.insert(worker.name());
  AppendTrialEvent(state, trial,
                   absl::StrCat(trial.name(), " goes to ", worker.name()));
}

v1::Lease Scheduler::MakeLease(const CampaignState& state,
                               const v1::Trial& trial) const {
  v1::Lease lease;
  *lease.mutable_trial() = trial;
  *lease.mutable_recipe() = RecipeAt(state.campaign, trial.budget_flops());
  lease.set_dataset(state.campaign.dataset());
  lease.set_fencing_token(trial.fencing_token());
  *lease.mutable_expire_time() = trial.lease_expire_time();
  return lease;
}

}  // namespace isoshape
