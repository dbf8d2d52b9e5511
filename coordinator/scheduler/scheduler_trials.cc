// Verbs of users about single trials.
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/field_checks.h"
#include "common/one_line.h"
#include "common/status_macros.h"
#include "coordinator/planning/planner.h"
#include "coordinator/planning/user_trial.h"
#include "coordinator/scheduler/scheduler.h"
#include "messages/lifecycle.h"
#include "messages/proto_json.h"
#include "messages/resource_name.h"

namespace isoshape {

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
  ISOSHAPE_ASSIGN_OR_RETURN(v1::Trial prepared,
                            PrepareUserTrial(state->campaign, request.trial()));
  Reopen(*state, "a trial was added");
  std::erase_if(state->proposed, [&](const v1::Trial& proposed) {
    return IsSameRun(proposed, prepared);
  });
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
        trial.state() == v1::Trial::SUCCEEDED
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
  trial.set_exclusion_reason(reason);
  const int64_t number = ParseTrialName(name)->number;
  ref.campaign->history.Set(number, trial);
  changes_.TrialChanged(ref.campaign->campaign.name(), number);
  AppendTrialEvent(*ref.campaign, trial,
                   excluded ? absl::StrCat(name, " is excluded: ", reason)
                            : absl::StrCat(name, " is included again"));
  MarkChanged(*ref.campaign);
  Reconsider(*ref.campaign);
  return trial;
}

void Scheduler::Reconsider(CampaignState& state) {
  if (HasEnded(state.campaign)) {
    Conclude(state);
    return;
  }
  // What was done is not, if a result went or came back.
  state.planner_done = false;
  Advance(state);
}

}  // namespace isoshape
