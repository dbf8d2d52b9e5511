// Leases that end without a result: lost, or released by their workers. The
// trial waits again, or ends as its campaign and its lost leases ask for.
#include <algorithm>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/text/one_line.h"
#include "coordinator/scheduler/scheduler.h"
#include "messages/campaign/campaign_variants.h"
#include "messages/names/resource_name.h"

namespace isoshape {

absl::StatusOr<v1::ReleaseTrialResponse> Scheduler::ReleaseTrial(
    const v1::ReleaseTrialRequest& request) {
  return Once(request, [&]() -> absl::StatusOr<v1::ReleaseTrialResponse> {
    ISOSHAPE_ASSIGN_OR_RETURN(
        const TrialRef ref,
        CheckLease(request.worker(), request.trial(), request.fencing_token()));
    Touch(request.worker());
    const std::string reason = OneLine(request.reason());
    const std::string why = reason.empty() ? "it gives no reason" : reason;
    switch (request.cause()) {
      case v1::ReleaseTrialRequest::TRAINER_LOST:
        // If there were several in one trainer, nobody knows which of them it
        // was; each is trained alone next, wherever.
        if (in_company_.contains(ref.trial->name())) {
          Requeue(ref, Loss::kTrainer,
                  absl::StrCat("its trainer was lost by ", request.worker(),
                               ": ", why));
        } else {
          BlameWorker(ref, Loss::kTrainer, /*certain=*/false, why);
        }
        break;
      case v1::ReleaseTrialRequest::WORKER_FAULT:
      case v1::ReleaseTrialRequest::OTHER_DATA:
        NoteData(request.worker(),
                 DatasetOf(ref.campaign->campaign, *ref.trial),
                 request.data_fingerprint());
        BlameWorker(ref, Loss::kNone,
                    request.cause() == v1::ReleaseTrialRequest::OTHER_DATA,
                    why);
        break;
      default:
        Requeue(ref, Loss::kNone,
                absl::StrCat("released by ", request.worker(),
                             reason.empty() ? "" : ": ", reason));
    }
    v1::ReleaseTrialResponse response;
    response.set_state(ref.trial->state());
    return response;
  });
}

void Scheduler::DropLease(v1::Trial& trial) {
  leases_.Drop(&trial);
  pace_.SetLeases(leases_.size());
  in_company_.erase(trial.name());
  offers_.Add({.worker = trial.worker()});  // one that is tried may have one
  const auto it = workers_.find(trial.worker());
  if (it == workers_.end()) return;
  auto* held = it->second.mutable_trials();
  held->erase(std::remove(held->begin(), held->end(), trial.name()),
              held->end());
  changes_.WorkerChanged(trial.worker());
}

void Scheduler::Requeue(const TrialRef& ref, Loss loss, absl::string_view why) {
  v1::Trial& trial = *ref.trial;
  const bool lost = loss != Loss::kNone;
  if (lost) trial.set_lost_leases(trial.lost_leases() + 1);
  if (loss == Loss::kTrainer)
    trial.set_lost_trainers(trial.lost_trainers() + 1);
  if (ref.campaign->campaign.state() == v1::Campaign::CANCELLED) {
    EndTrial(ref, v1::Trial::CANCELLED, v1::Trial::FAILURE_UNSPECIFIED,
             "its campaign was cancelled", "cancelled with its campaign");
    return;
  }
  const v1::Campaign& campaign = ref.campaign->campaign;
  const int32_t machines = trial.lost_leases() - trial.lost_trainers();
  if (lost && (trial.lost_trainers() >= campaign.max_lost_leases() ||
               machines >= campaign.max_lost_machines())) {
    const std::string error = absl::StrCat(
        "lost ",
        loss == Loss::kTrainer
            ? absl::StrCat(trial.lost_trainers(), " times with its trainer")
            : absl::StrCat(machines, " times with its machine"),
        ", the max allowed; last: ", why);
    EndTrial(ref, v1::Trial::FAILED, v1::Trial::LOST, error,
             absl::StrCat("failed: ", error));
    return;
  }
  DropLease(trial);
  // Only who lost it by silence may take it back: what waits and has a token.
  if (loss != Loss::kMachine) trial.clear_fencing_token();
  trial.clear_last_measurement();  // the next run begins anew
  SetState(*ref.campaign, trial, v1::Trial::PENDING);
  AppendTrialEvent(*ref.campaign, trial,
                   absl::StrCat(trial.name(), " waits again: ", why));
}

void Scheduler::ExpireLeases() {
  // Their workers cannot say that they live.
  if (options_.read_only) return;
  const ActorScope time_does_it = OfItself();
  while (const std::optional<std::string> name = leases_.TakeEnded()) {
    const absl::StatusOr<TrialRef> ref = FindTrial(*name);
    if (!ref.ok()) continue;  // never: deleting a campaign drops its leases
    Requeue(*ref, Loss::kMachine,
            absl::StrCat("no heartbeat of ", ref->trial->worker(),
                         " until its lease ended"));
    if (ref->trial->state() == v1::Trial::PENDING) {
      expired_[*name] = ref->trial->fencing_token();
    }
  }
  EndPauses();
}

void Scheduler::Revive(const TrialRef& ref) {
  v1::Trial& trial = *ref.trial;
  trial.set_lost_leases(trial.lost_leases() - 1);
  Hold(*ref.campaign, trial);
  AppendTrialEvent(*ref.campaign, trial,
                   absl::StrCat(trial.name(), " goes on with ", trial.worker(),
                                ", which was silent for longer than a lease"));
}

}  // namespace isoshape
