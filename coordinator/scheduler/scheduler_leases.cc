// Workers and their leases: kept, extended, given back, lost.
#include <algorithm>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/field_checks.h"
#include "common/one_line.h"
#include "common/status_macros.h"
#include "coordinator/scheduler/scheduler.h"
#include "messages/proto_json.h"
#include "messages/proto_time.h"
#include "messages/resource_name.h"

namespace isoshape {
namespace {

absl::Status CheckWorker(const v1::Worker& worker) {
  if (!worker.name().empty()) {
    ISOSHAPE_RETURN_IF_ERROR(CheckWorkerName(worker.name()));
  }
  if (worker.slots() < 0 || worker.slots() > 1024) {
    return absl::InvalidArgumentError(absl::StrCat(
        "worker.slots ", worker.slots(), " is out of range; give 1 to 1024"));
  }
  if (worker.memory_limit_bytes() < 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("worker.memory_limit_bytes ", worker.memory_limit_bytes(),
                     " is negative; give bytes, or 0 if it is unknown"));
  }
  for (const auto& [field, text] :
       {std::pair{"worker.hostname", &worker.hostname()},
        std::pair{"worker.device", &worker.device()},
        std::pair{"worker.device_name", &worker.device_name()},
        std::pair{"worker.version", &worker.version()}}) {
    ISOSHAPE_RETURN_IF_ERROR(CheckLength(field, *text, 1024));
  }
  if (worker.datasets_size() > 1000) {
    return absl::InvalidArgumentError(
        absl::StrCat("worker.datasets has ", worker.datasets_size(),
                     " names; give at most 1000"));
  }
  for (const std::string& dataset : worker.datasets()) {
    ISOSHAPE_RETURN_IF_ERROR(CheckId("worker.datasets", dataset));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::RegisterWorkerResponse> Scheduler::RegisterWorker(
    const v1::RegisterWorkerRequest& request) {
  return Once(request, [&]() -> absl::StatusOr<v1::RegisterWorkerResponse> {
    v1::Worker worker = request.worker();
    ISOSHAPE_RETURN_IF_ERROR(CheckWorker(worker));
    while (worker.name().empty()) {
      const std::string name =
          absl::StrCat("workers/w", changes_.Next(Counter::kWorker));
      if (!workers_.contains(name)) worker.set_name(name);
    }
    worker.clear_state();
    worker.clear_trials();
    if (worker.slots() == 0) worker.set_slots(1);
    *worker.mutable_register_time() = ToProto(Now());
    if (const auto it = workers_.find(worker.name()); it != workers_.end()) {
      *worker.mutable_trials() = it->second.trials();
      *worker.mutable_register_time() = it->second.register_time();
    }
    workers_[worker.name()] = worker;
    Touch(worker.name());
    ++offers_;  // it may have more data or memory than before
    v1::RegisterWorkerResponse response;
    *response.mutable_worker() = workers_[worker.name()];
    response.mutable_worker()->set_state(v1::Worker::ONLINE);
    *response.mutable_lease_duration() = ToProto(options_.lease_duration);
    *response.mutable_heartbeat_interval() =
        ToProto(options_.lease_duration / 3);
    return response;
  });
}

absl::StatusOr<Scheduler::TrialRef> Scheduler::CheckLease(
    const std::string& worker, const std::string& trial,
    int64_t fencing_token) {
  ISOSHAPE_RETURN_IF_ERROR(CheckWorkerName(worker));
  ISOSHAPE_ASSIGN_OR_RETURN(const TrialRef ref, FindTrial(trial));
  if (ref.trial->state() != v1::Trial::LEASED) {
    return absl::FailedPreconditionError(
        absl::StrCat("trial ", trial, " is ", EnumName(ref.trial->state()),
                     " and nobody holds a lease on it; drop it"));
  }
  if (ref.trial->fencing_token() != fencing_token) {
    return absl::FailedPreconditionError(
        absl::StrCat("fencing token ", fencing_token, " of trial ", trial,
                     " is not the newest, ", ref.trial->fencing_token(),
                     ": the lease was lost; drop the trial"));
  }
  if (ref.trial->worker() != worker) {
    return absl::FailedPreconditionError(
        absl::StrCat("trial ", trial, " is leased to ", ref.trial->worker(),
                     ", not to ", worker, "; drop it"));
  }
  return ref;
}

void Scheduler::Touch(const std::string& worker) {
  const auto it = workers_.find(worker);
  if (it == workers_.end()) return;
  *it->second.mutable_contact_time() = ToProto(Now());
  changes_.WorkerChanged(worker);
}

void Scheduler::Extend(const TrialRef& ref) {
  v1::Trial& trial = *ref.trial;
  leases_.Extend(Now() + options_.lease_duration, &trial);
  changes_.TrialChanged(ref.campaign->campaign.name(),
                        ParseTrialName(trial.name())->number);
  Touch(trial.worker());
}

v1::Directive Scheduler::DirectiveFor(const CampaignState& state) const {
  return state.campaign.state() == v1::Campaign::CANCELLED
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
  response.set_directive(DirectiveFor(*ref.campaign));
  return response;
}

absl::StatusOr<v1::ReleaseTrialResponse> Scheduler::ReleaseTrial(
    const v1::ReleaseTrialRequest& request) {
  return Once(request, [&]() -> absl::StatusOr<v1::ReleaseTrialResponse> {
    ISOSHAPE_ASSIGN_OR_RETURN(
        const TrialRef ref,
        CheckLease(request.worker(), request.trial(), request.fencing_token()));
    Touch(request.worker());
    const std::string why = absl::StrCat(
        request.trainer_lost() ? "its trainer was lost" : "released", " by ",
        request.worker(), request.reason().empty() ? "" : ": ",
        OneLine(request.reason()));
    Requeue(ref, request.trainer_lost(), why);
    v1::ReleaseTrialResponse response;
    response.set_state(ref.trial->state());
    return response;
  });
}

void Scheduler::DropLease(v1::Trial& trial) {
  leases_.Drop(&trial);
  const auto it = workers_.find(trial.worker());
  if (it == workers_.end()) return;
  auto* held = it->second.mutable_trials();
  held->erase(std::remove(held->begin(), held->end(), trial.name()),
              held->end());
  changes_.WorkerChanged(trial.worker());
}

void Scheduler::Requeue(const TrialRef& ref, bool lost, absl::string_view why) {
  v1::Trial& trial = *ref.trial;
  if (lost) trial.set_lost_leases(trial.lost_leases() + 1);
  if (ref.campaign->campaign.state() == v1::Campaign::CANCELLED) {
    EndTrial(ref, v1::Trial::CANCELLED, "its campaign was cancelled",
             "cancelled with its campaign");
    return;
  }
  if (lost && trial.lost_leases() >= ref.campaign->campaign.max_lost_leases()) {
    const std::string error = absl::StrCat(
        "lost ", trial.lost_leases(), " times, the max allowed; last: ", why);
    EndTrial(ref, v1::Trial::FAILED, error, absl::StrCat("failed: ", error));
    return;
  }
  DropLease(trial);
  trial.clear_last_measurement();  // the next run begins anew
  SetState(*ref.campaign, trial, v1::Trial::PENDING);
  AppendTrialEvent(*ref.campaign, trial,
                   absl::StrCat(trial.name(), " waits again: ", why));
}

void Scheduler::ExpireLeases() {
  while (const std::optional<std::string> name = leases_.TakeEnded(Now())) {
    const absl::StatusOr<TrialRef> ref = FindTrial(*name);
    if (!ref.ok()) continue;  // never: deleting a campaign drops its leases
    Requeue(*ref, true,
            absl::StrCat("no heartbeat of ", ref->trial->worker(), " for ",
                         absl::FormatDuration(options_.lease_duration)));
  }
}

absl::Time Scheduler::NextDeadline() const { return leases_.NextDeadline(); }

}  // namespace isoshape
