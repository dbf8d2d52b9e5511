// Verbs of users about single trials.
#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/status/field_checks.h"
#include "common/status/status_macros.h"
#include "common/text/one_line.h"
#include "coordinator/planning/planner.h"
#include "coordinator/planning/user_trial.h"
#include "coordinator/scheduler/eligibility.h"
#include "coordinator/scheduler/scheduler.h"
#include "messages/campaign/campaign_variants.h"
#include "messages/json/enum_name.h"
#include "messages/names/name_parts.h"
#include "messages/names/resource_name.h"
#include "messages/trial/lifecycle.h"
#include "messages/trial/measured_points.h"
#include "messages/trial/worker_data.h"

namespace isoshape {
namespace {

// ALREADY_EXISTS if a trial of the campaign is, or will be, the same run: its
// loss would count as that of another seed.
absl::Status CheckIsNew(const CampaignState& state, const v1::Trial& prepared) {
  for (const int64_t number : state.SameRuns(prepared)) {
    const v1::Trial& trial = *state.Find(number);
    const bool counts = !IsFinal(trial.state()) || WasMeasured(trial);
    if (!counts || trial.excluded()) continue;
    return absl::AlreadyExistsError(absl::StrCat(
        "trial ", trial.name(), " is of this shape, budget and seed, ",
        prepared.seed(), ", and ", EnumName(trial.state()),
        "; give another seed, such as ", prepared.seed() + 1));
  }
  return absl::OkStatus();
}

// The fingerprint of the data of the trial's result; empty if it has none that
// counts.
std::string ResultData(const v1::Trial& trial) {
  return WasMeasured(trial) ? trial.shape_card().data_fingerprint() : "";
}

}  // namespace

absl::StatusOr<v1::Trial> Scheduler::CreateTrial(
    const v1::CreateTrialRequest& request) {
  return Once(request, [&] { return Add(request); });
}

absl::StatusOr<v1::Trial> Scheduler::Add(
    const v1::CreateTrialRequest& request) {
  ISOSHAPE_ASSIGN_OR_RETURN(CampaignState* const state,
                            FindCampaign(request.parent()));
  if (state->campaign.state() == v1::Campaign::CANCELLED) {
    return WrongState(state->campaign, "given trials",
                      "make a new campaign to go on");
  }
  ISOSHAPE_RETURN_IF_ERROR(ReadTrials(*state));
  ISOSHAPE_ASSIGN_OR_RETURN(v1::Trial prepared,
                            PrepareUserTrial(state->campaign, request.trial()));
  ISOSHAPE_RETURN_IF_ERROR(CheckIsNew(*state, prepared));
  Reopen(*state, "a trial was added");
  const auto was_proposed = std::erase_if(
      state->proposed,
      [&](const v1::Trial& proposed) { return IsSameRun(proposed, prepared); });
  v1::Campaign& campaign = state->campaign;
  if (campaign.has_expected_flops() && was_proposed == 0) {
    campaign.set_expected_flops(campaign.expected_flops() +
                                PlannedFlops(prepared));
  }
  return AddTrial(*state, std::move(prepared));
}

absl::StatusOr<v1::Trial> Scheduler::RetryTrial(
    const v1::RetryTrialRequest& request) {
  return Once(request, [&] { return Retry(request.name()); });
}

absl::StatusOr<v1::Trial> Scheduler::Retry(const std::string& name) {
  ISOSHAPE_ASSIGN_OR_RETURN(const TrialRef ref, FindTrial(name));
  v1::Trial& trial = *ref.trial;
  CampaignState& state = *ref.campaign;
  if (trial.state() != v1::Trial::DIVERGED &&
      trial.state() != v1::Trial::STOPPED &&
      trial.state() != v1::Trial::FAILED) {
    return absl::FailedPreconditionError(absl::StrCat(
        "trial ", name, " is ", EnumName(trial.state()),
        " and cannot be tried again; only one that FAILED, DIVERGED or was "
        "STOPPED can",
        !IsTrainedHere(trial) ? ", and it was trained elsewhere"
        : trial.state() == v1::Trial::SUCCEEDED
            ? ": exclude it, and create another of its shape and budget"
            : ""));
  }
  if (state.campaign.state() == v1::Campaign::CANCELLED) {
    return WrongState(state.campaign, "given trials",
                      "make a new campaign to go on");
  }
  Reopen(state, absl::StrCat(name, " is tried again"));
  trial.set_retries(trial.retries() + 1);
  trial.set_lost_leases(0);
  trial.set_lost_trainers(0);
  trial.set_worker_faults(0);
  trial.clear_error();
  trial.clear_failure();
  trial.clear_end_time();
  trial.clear_shape_card();
  trial.clear_last_measurement();
  trial.clear_avoided();
  state.avoided.erase(TrialNumber(name));
  trial.clear_fencing_token();
  SetState(state, trial, v1::Trial::PENDING);
  AppendTrialEvent(state, trial, absl::StrCat(name, " is tried again"));
  return trial;
}

absl::StatusOr<v1::Trial> Scheduler::ExcludeTrial(
    const v1::ExcludeTrialRequest& request) {
  return Once(request, [&]() -> absl::StatusOr<v1::Trial> {
    ISOSHAPE_RETURN_IF_ERROR(CheckLength("reason", request.reason(), 1024));
    const std::string reason = OneLine(request.reason());
    if (absl::StripAsciiWhitespace(reason).empty()) {
      return absl::InvalidArgumentError(
          "reason is empty; say in one line why the trial is excluded");
    }
    return SetExcluded(request.name(), true, reason);
  });
}

absl::StatusOr<v1::Trial> Scheduler::IncludeTrial(
    const v1::IncludeTrialRequest& request) {
  return Once(request, [&] { return SetExcluded(request.name(), false, ""); });
}

absl::StatusOr<v1::Trial> Scheduler::SetExcluded(const std::string& name,
                                                 bool excluded,
                                                 const std::string& reason) {
  ISOSHAPE_ASSIGN_OR_RETURN(const TrialRef ref, FindTrial(name));
  v1::Trial& trial = *ref.trial;
  if (excluded && !IsFinal(trial.state())) {
    return absl::FailedPreconditionError(
        absl::StrCat("trial ", name, " is ", EnumName(trial.state()),
                     " and has no result to exclude; wait until it has ended"));
  }
  if (trial.excluded() == excluded && trial.exclusion_reason() == reason) {
    return trial;
  }
  trial.set_excluded(excluded);
  // Nobody says what an imported one was trained on.
  if (absl::Status status = IsTrainedHere(trial)
                                ? RestData(*ref.campaign, trial)
                                : absl::OkStatus();
      !status.ok()) {
    trial.set_excluded(!excluded);
    return status;
  }
  trial.set_exclusion_reason(reason);
  const int64_t number = ParseTrialName(name)->number;
  ref.campaign->history.Set(number, trial);
  changes_.TrialChanged(ref.campaign->campaign.name(), number);
  AppendTrialEvent(*ref.campaign, trial,
                   excluded ? absl::StrCat(name, " is excluded: ", reason)
                            : absl::StrCat(name, " is included again"));
  MarkChanged(*ref.campaign);
  // The search does not see it.
  if (IsTrainedHere(trial)) Reconsider(*ref.campaign);
  return trial;
}

absl::Status Scheduler::RestData(CampaignState& state, const v1::Trial& trial) {
  v1::Campaign& campaign = state.campaign;
  const std::string& dataset = DatasetOf(campaign, trial);
  const std::string known = DataFingerprint(campaign, dataset);
  const std::string included = ResultData(trial);
  if (!included.empty()) {
    if (known.empty()) {
      SetDataFingerprint(dataset, included, &campaign);
    } else if (known != included) {
      return absl::FailedPreconditionError(
          absl::StrCat("trial ", trial.name(), " was trained on data ",
                       included, ", and the campaign's other results rest on ",
                       known, "; exclude these first, or leave it out"));
    }
    return absl::OkStatus();
  }
  const bool rests =
      known.empty() ||
      std::any_of(state.trials.begin(), state.trials.end(),
                  [&](const v1::Trial& other) {
                    return DatasetOf(campaign, other) == dataset &&
                           ResultData(other) == known;
                  });
  if (rests) return absl::OkStatus();
  // The next result says on which data the campaign rests. Who was set aside
  // for having others may be right; who was for another fault is as before.
  std::vector<std::string> others;
  for (const v1::SetAside& one : campaign.set_aside()) {
    const auto worker = workers_.find(one.worker());
    if (worker != workers_.end() &&
        HasOtherData(worker->second, campaign, dataset)) {
      others.push_back(one.worker());
    }
  }
  SetDataFingerprint(dataset, "", &campaign);
  for (const std::string& worker : others) {
    Forgive(state, worker, "no result rests on other data any more");
    offers_.Add({.worker = worker});
  }
  return absl::OkStatus();
}

void Scheduler::Reconsider(CampaignState& state) {
  if (HasEnded(state.campaign)) {
    Conclude(state);
    // Nothing more is trained, but what is said of the results changes.
    WantPlan(state);
    return;
  }
  // What was done is not, if a result went or came back.
  state.planner_done = false;
  Advance(state);
}

}  // namespace isoshape
