// Chooses the trials that a worker is granted, and those that run beside them.
#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"
#include "coordinator/scheduler/eligibility.h"
#include "coordinator/scheduler/scheduler.h"
#include "coordinator/scheduler/worker_faults.h"
#include "messages/campaign/campaign_recipe.h"
#include "messages/campaign/campaign_variants.h"
#include "messages/json/proto_time.h"
#include "messages/names/resource_name.h"
#include "messages/shape/shape_proto.h"

namespace isoshape {
namespace {

constexpr absl::Duration kMaxWait = absl::Seconds(60);

// Whether a trial may be trained beside others. One that was lost may have
// brought down its trainer, and others with it.
bool MayHaveCompany(const v1::Trial& trial) {
  return trial.branches().empty() && trial.lost_leases() == 0;
}

// Whether two trials of one campaign and budget can be one batched model.
bool AreReplicas(const v1::Trial& a, const v1::Trial& b) {
  return MayHaveCompany(a) && MayHaveCompany(b) && a.steps() == b.steps() &&
         a.tokens_per_step() == b.tokens_per_step() &&
         VariantOf(a) == VariantOf(b) &&
         a.reserved_worker() == b.reserved_worker() &&
         FromProto(a.shape()) == FromProto(b.shape());
}

// The PENDING trials that can be trained with `first` as one batched model of
// at most `max` trials, itself not among them. Only as many as need not split
// their steps: company is for GPUs that one trial does not fill.
std::vector<v1::Trial*> ReplicasOf(CampaignState& state, const v1::Trial& first,
                                   const v1::Worker& worker, int64_t max) {
  max = std::min(max, MaxAtOnce(worker, first, first.tokens_per_step()));
  // One that is tried again after faults is tried with one trial.
  if (FaultsOf(state.campaign, worker.name()) != nullptr) max = 1;
  std::vector<v1::Trial*> replicas;
  const PendingTrials::Keys& pending = state.pending.all();
  for (auto key = pending.lower_bound({first.budget_flops(), 0});
       key != pending.end() && key->first == first.budget_flops(); ++key) {
    if (static_cast<int64_t>(replicas.size()) + 1 >= max) break;
    v1::Trial* const candidate = state.Find(key->second);
    if (candidate != &first && AreReplicas(first, *candidate)) {
      replicas.push_back(candidate);
    }
  }
  return replicas;
}

// Whether there is something to train in them, or may be.
bool HaveWorkLeft(const std::map<std::string, CampaignState>& campaigns) {
  return std::any_of(campaigns.begin(), campaigns.end(), [](const auto& entry) {
    const v1::Campaign& campaign = entry.second.campaign;
    return campaign.state() != v1::Campaign::CANCELLED &&
           (entry.second.AwaitsTrials() ||
            campaign.trial_counts().pending() +
                    campaign.trial_counts().leased() >
                0);
  });
}

// What StillHeld needs of an answer: what is kept of it.
v1::LeaseTrialsResponse NamesOf(const v1::LeaseTrialsResponse& answer) {
  v1::LeaseTrialsResponse names;
  for (const v1::Lease& lease : answer.leases()) {
    v1::Lease& name = *names.add_leases();
    name.mutable_trial()->set_name(lease.trial().name());
    name.set_fencing_token(lease.fencing_token());
    name.set_replica_of(lease.replica_of());
  }
  return names;
}

}  // namespace

absl::StatusOr<v1::LeaseTrialsResponse> Scheduler::LeaseTrials(
    const v1::LeaseTrialsRequest& request) {
  ISOSHAPE_ASSIGN_OR_RETURN(LeaseAnswer answer, TryLease(request));
  return std::move(answer.response);
}

absl::StatusOr<LeaseAnswer> Scheduler::TryLease(
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
  if (wait < absl::ZeroDuration() || wait > kMaxWait) {
    return absl::InvalidArgumentError(
        absl::StrCat("wait ", absl::FormatDuration(wait),
                     " is out of range; give 0 to 60 s"));
  }
  ExpireLeases();
  ISOSHAPE_ASSIGN_OR_RETURN(const std::optional<v1::LeaseTrialsResponse> kept,
                            requests_.Find<v1::LeaseTrialsResponse>(request));
  LeaseAnswer answer;
  v1::LeaseTrialsResponse& response = answer.response;
  if (kept.has_value()) {
    response = StillHeld(request.worker(), *kept);
  } else {
    ISOSHAPE_ASSIGN_OR_RETURN(response, Grant(request));
    // An answer without leases is not kept: asking again may bring some.
    if (!response.leases().empty()) {
      requests_.Keep(request, NamesOf(response), RequestTime());
    }
  }
  // As it is now: of an answer that is given again no lease may be held.
  const auto worker = workers_.find(request.worker());
  response.set_drain(worker != workers_.end() && worker->second.draining());
  // Campaigns that are over are many: no look at them where one has work.
  response.set_work_left(!leasable_.empty() || HaveWorkLeft(campaigns_));
  // What is kept is the answer, whatever comes.
  answer.may_find_later =
      !kept.has_value() && response.leases().empty() && !response.drain();
  return answer;
}

v1::LeaseTrialsResponse Scheduler::StillHeld(
    const std::string& worker, const v1::LeaseTrialsResponse& answer) {
  v1::LeaseTrialsResponse held;
  for (const v1::Lease& lease : answer.leases()) {
    const absl::StatusOr<TrialRef> ref =
        CheckLease(worker, lease.trial().name(), lease.fencing_token());
    if (!ref.ok()) continue;
    // It is told the interval of today.
    Extend(*ref);
    v1::Lease& now = *held.add_leases();
    now = MakeLease(*ref->campaign, *ref->trial);
    now.set_replica_of(lease.replica_of());
  }
  return held;
}

absl::StatusOr<v1::LeaseTrialsResponse> Scheduler::Grant(
    const v1::LeaseTrialsRequest& request) {
  const auto it = workers_.find(request.worker());
  if (it == workers_.end()) {
    return absl::NotFoundError(absl::StrCat(
        "there is no worker ", request.worker(), "; register it first"));
  }
  v1::Worker& worker = it->second;
  ISOSHAPE_RETURN_IF_ERROR(processes_.Check(worker, request.request_id()));
  Touch(worker.name());
  v1::LeaseTrialsResponse response;
  // So many as it can train, and as many again: those of a process before it
  // of its name that was killed run out by themselves.
  const int most = 2 * worker.slots() * std::max(1, request.replicas());
  for (int granted = 0; granted < request.max_trials(); ++granted) {
    if (worker.trials_size() >= most) break;
    const std::optional<TrialRef> next = NextTrialFor(worker);
    if (!next.has_value()) break;
    const std::vector<v1::Trial*> replicas =
        ReplicasOf(*next->campaign, *next->trial, worker, request.replicas());
    GrantOne(*next->campaign, *next->trial, worker);
    *response.add_leases() = MakeLease(*next->campaign, *next->trial);
    if (!replicas.empty()) in_company_.insert(next->trial->name());
    for (v1::Trial* replica : replicas) {
      GrantOne(*next->campaign, *replica, worker);
      in_company_.insert(replica->name());
      v1::Lease& lease = *response.add_leases();
      lease = MakeLease(*next->campaign, *replica);
      lease.set_replica_of(next->trial->name());
    }
  }
  return response;
}

// What waits for this worker alone goes first: the others can train the rest.
// Beside that campaigns share the workers evenly: the one with the fewest
// running trials is next, and among equals the one whose trial waits longest.
std::optional<Scheduler::TrialRef> Scheduler::NextTrialFor(
    const v1::Worker& worker) {
  std::optional<TrialRef> next;
  if (!MayFind(worker.name())) return next;
  // Whether any worker may train it, how many of its campaign run, and when it
  // was created: the least goes first.
  using Rank = std::tuple<bool, int32_t, absl::Time>;
  Rank least = {true, std::numeric_limits<int32_t>::max(),
                absl::InfiniteFuture()};
  const absl::Time now = Now();
  for (const std::string& name : leasable_) {
    CampaignState& state = campaigns_.at(name);
    const int32_t running = state.campaign.trial_counts().leased();
    const bool reserves = state.pending.ReservesFor(worker.name());
    if (least < Rank{!reserves, running, absl::InfinitePast()} ||
        (ObstacleToCampaign(worker, state.campaign, now) != Obstacle::kNone &&
         !reserves)) {
      continue;
    }
    const std::optional<int64_t> first =
        state.pending.First(worker.name(), [&](int64_t number) {
          switch (
              ObstacleTo(worker, state.campaign, *state.Find(number), now)) {
            case Obstacle::kNone:
              return PendingTrials::Verdict::kTake;
            case Obstacle::kAvoided:
              return PendingTrials::Verdict::kSkip;
            default:
              return PendingTrials::Verdict::kSkipAllOfItsNeed;
          }
        });
    if (!first.has_value()) continue;
    v1::Trial* const candidate = state.Find(*first);
    const Rank rank = {candidate->reserved_worker().empty(), running,
                       FromProto(candidate->create_time())};
    if (rank < least) {
      least = rank;
      next = TrialRef{&state, candidate};
    }
  }
  if (!next.has_value()) offers_.NothingFor(worker.name());
  return next;
}

bool Scheduler::MayFind(const std::string& name) {
  return offers_.AnyFor(name, [&](const Offers::Offer& offer) {
    if (!offer.worker.empty()) return offer.worker == name;
    if (offer.campaign.empty()) return true;
    const auto state = campaigns_.find(offer.campaign);
    if (state == campaigns_.end() || !state->second.Leasable()) return false;
    if (offer.trial == 0) return true;
    const auto worker = workers_.find(name);
    const v1::Trial* const trial = state->second.Find(offer.trial);
    return worker == workers_.end() || trial == nullptr ||
           (trial->state() == v1::Trial::PENDING &&
            ObstacleTo(worker->second, state->second.campaign, *trial, Now()) ==
                Obstacle::kNone);
  });
}

void Scheduler::GrantOne(CampaignState& state, v1::Trial& trial,
                         v1::Worker& worker) {
  trial.set_worker(worker.name());
  trial.set_fencing_token(changes_.Next(Counter::kFencingToken));
  *trial.mutable_start_time() = ToProto(Now());
  Hold(state, trial);
  AppendTrialEvent(state, trial,
                   absl::StrCat(trial.name(), " goes to ", worker.name()));
}

void Scheduler::Hold(CampaignState& state, v1::Trial& trial) {
  pace_.SetLeases(leases_.size() + 1);
  pace_.NoteGrant();
  leases_.Extend(LeaseOf(trial.worker()), &trial);
  SetState(state, trial, v1::Trial::LEASED);
  const auto worker = workers_.find(trial.worker());
  if (worker == workers_.end()) return;
  auto* held = worker->second.mutable_trials();
  *held->Add() = trial.name();
  std::sort(held->begin(), held->end());
  changes_.WorkerChanged(trial.worker());
}

v1::Lease Scheduler::MakeLease(const CampaignState& state,
                               const v1::Trial& trial) const {
  const v1::Campaign alone = AsVariant(state.campaign, VariantOf(trial));
  v1::Lease lease;
  *lease.mutable_trial() = trial;
  *lease.mutable_recipe() = RecipeAt(alone, trial.budget_flops());
  lease.set_dataset(alone.dataset());
  lease.set_fencing_token(trial.fencing_token());
  *lease.mutable_expire_time() = trial.lease_expire_time();
  lease.set_data_fingerprint(alone.data_fingerprint());
  *lease.mutable_heartbeat_interval() = ToProto(pace_.interval());
  return lease;
}

}  // namespace isoshape
