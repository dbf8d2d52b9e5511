// Leases while they are held.
#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"
#include "common/text/one_line.h"
#include "coordinator/scheduler/eligibility.h"
#include "coordinator/scheduler/scheduler.h"
#include "coordinator/scheduler/token_check.h"
#include "messages/json/proto_time.h"
#include "messages/names/name_parts.h"
#include "messages/names/resource_name.h"

namespace isoshape {
namespace {

constexpr int kMaxHeartbeats = 1000;  // of one call
// Bytes of a name that is none, in the answer of each of them.
constexpr size_t kMaxEchoed = 200;

}  // namespace

absl::StatusOr<Scheduler::TrialRef> Scheduler::CheckLease(
    const std::string& worker, const std::string& trial,
    int64_t fencing_token) {
  ISOSHAPE_RETURN_IF_ERROR(CheckWorkerName(worker));
  ISOSHAPE_ASSIGN_OR_RETURN(const TrialRef ref, FindLeased(trial));
  if (const auto it = expired_.find(trial); it != expired_.end() &&
                                            it->second == fencing_token &&
                                            ref.trial->worker() == worker) {
    Revive(ref);
  }
  ISOSHAPE_RETURN_IF_ERROR(CheckToken(*ref.trial, worker, fencing_token));
  return ref;
}

absl::Duration Scheduler::LeaseOf(const std::string& worker) const {
  return told_.contains(worker) ? pace_.lease()
                                : std::max(pace_.lease(), told_before_);
}

absl::Duration Scheduler::SilenceOf(const std::string& worker) {
  return std::max(LeaseOf(worker), pace_.longest_lease());
}

void Scheduler::NoteTold(const std::string& worker) {
  told_.insert(worker);
  // As long as one may beat as it was told before, a Load is to know that.
  const absl::Duration silence =
      std::max({pace_.lease(), pace_.longest_lease(), told_before_});
  // A look at each worker, but only until all have heard.
  const bool all =
      told_before_ == absl::ZeroDuration() ||
      std::all_of(workers_.begin(), workers_.end(), [&](const auto& entry) {
        return told_.contains(entry.first) ||
               (entry.second.trials().empty() &&
                !IsConnected(entry.second, Now(), silence));
      });
  if (all) told_before_ = absl::ZeroDuration();
  changes_.Set(Counter::kLease, absl::ToInt64Milliseconds(std::max(
                                    options_.lease_duration, told_before_)));
}

void Scheduler::Touch(const std::string& worker) {
  const auto it = workers_.find(worker);
  if (it == workers_.end()) return;
  v1::Worker& its = it->second;
  // Not each contact is worth a write: whether a worker is connected is a
  // question of a whole lease.
  if (!its.left() && absl::AbsDuration(Now() - FromProto(its.contact_time())) <
                         options_.lease_duration / 8) {
    return;
  }
  its.clear_left();
  *its.mutable_contact_time() = ToProto(Now());
  changes_.WorkerChanged(worker);
}

void Scheduler::Extend(const TrialRef& ref) {
  v1::Trial& trial = *ref.trial;
  pace_.NoteGrant();
  if (leases_.Extend(LeaseOf(trial.worker()), &trial)) {
    changes_.TrialChanged(ref.campaign->campaign.name(),
                          TrialNumber(trial.name()));
  }
  Touch(trial.worker());
}

bool Scheduler::IsOvertime(const TrialRef& ref) const {
  const v1::Campaign& campaign = ref.campaign->campaign;
  return campaign.has_trial_timeout() &&
         leases_.Age(*ref.trial) > FromProto(campaign.trial_timeout());
}

v1::Directive Scheduler::DirectiveFor(const TrialRef& ref) const {
  return ref.campaign->campaign.state() == v1::Campaign::CANCELLED ||
                 IsOvertime(ref)
             ? v1::DIRECTIVE_STOP
             : v1::DIRECTIVE_CONTINUE;
}

absl::StatusOr<v1::HeartbeatResponse> Scheduler::Heartbeat(
    const v1::HeartbeatRequest& request) {
  ExpireLeases();
  ISOSHAPE_ASSIGN_OR_RETURN(
      const TrialRef ref,
      CheckLease(request.worker(), request.trial(), request.fencing_token()));
  Extend(ref);
  v1::HeartbeatResponse response;
  *response.mutable_expire_time() = ref.trial->lease_expire_time();
  response.set_directive(DirectiveFor(ref));
  *response.mutable_heartbeat_interval() = ToProto(pace_.interval());
  return response;
}

absl::StatusOr<v1::BatchHeartbeatResponse> Scheduler::BatchHeartbeat(
    const v1::BatchHeartbeatRequest& request) {
  ISOSHAPE_RETURN_IF_ERROR(CheckWorkerName(request.worker()));
  if (request.heartbeats().empty() ||
      request.heartbeats_size() > kMaxHeartbeats) {
    return absl::InvalidArgumentError(
        absl::StrCat("heartbeats has ", request.heartbeats_size(),
                     " entries; give 1 to ", kMaxHeartbeats));
  }
  v1::BatchHeartbeatResponse response;
  for (v1::HeartbeatRequest one : request.heartbeats()) {
    v1::BatchHeartbeatResponse::Result& result = *response.add_results();
    absl::StatusOr<v1::HeartbeatResponse> beat;
    if (!one.worker().empty() && one.worker() != request.worker()) {
      beat = absl::InvalidArgumentError(
          absl::StrCat("worker ", OneLine(one.worker(), kMaxEchoed),
                       " of a heartbeat is not ", request.worker(),
                       " of the call; leave it empty"));
    } else {
      one.set_worker(request.worker());
      beat = Heartbeat(one);
    }
    if (beat.ok()) {
      *result.mutable_response() = *std::move(beat);
    } else {
      result.set_code(static_cast<int32_t>(beat.status().code()));
      result.set_error(std::string(beat.status().message()));
    }
  }
  return response;
}

absl::Duration Scheduler::NextDeadline() const {
  if (options_.read_only) return absl::InfiniteDuration();
  absl::Duration next = leases_.NextDeadline();
  next = std::min(next, options_.clock->Elapsed() + (pauses_.Next() - Now()));
  if (!proposing_.empty()) next = -absl::InfiniteDuration();
  for (const std::string& name : plans_due_) {
    const CampaignState& state = campaigns_.at(name);
    if (!state.plan_under_way) next = std::min(next, state.plan_rest);
  }
  return next;
}

}  // namespace isoshape
