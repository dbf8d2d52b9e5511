// Verbs of CampaignService.
#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status/status_macros.h"
#include "common/text/counted.h"
#include "common/text/format_number.h"
#include "coordinator/planning/campaign_update.h"
#include "coordinator/planning/planned_request.h"
#include "coordinator/planning/planner.h"
#include "coordinator/planning/prior_runs.h"
#include "coordinator/scheduler/campaign_outcome.h"
#include "coordinator/scheduler/eligibility.h"
#include "coordinator/scheduler/scheduler.h"
#include "coordinator/scheduler/why_trials_wait.h"
#include "messages/json/proto_time.h"
#include "messages/names/resource_name.h"
#include "messages/shape/shape_proto.h"
#include "messages/trial/lifecycle.h"

namespace isoshape {
namespace {

std::string WhyWouldWait(const v1::Campaign& campaign,
                         const std::vector<v1::Trial>& pending,
                         const std::map<std::string, v1::Worker>& workers,
                         absl::Time now, absl::Duration lease_duration) {
  WaitingTrials waiting(campaign, pending, now);
  for (const auto& [name, worker] : workers) {
    if (waiting.IsKnown()) break;
    if (IsConnected(worker, now, lease_duration)) waiting.Add(worker);
  }
  return waiting.Why();
}

}  // namespace

absl::StatusOr<v1::Campaign> Scheduler::CreateCampaign(
    const v1::CreateCampaignRequest& request) {
  absl::StatusOr<std::vector<PriorRun>> priors = PriorRunsFor(request);
  return CreateCampaign(request, priors.ok()
                                     ? PlanRequest(request, *std::move(priors))
                                     : priors.status());
}

absl::StatusOr<v1::Campaign> Scheduler::CreateCampaign(
    const v1::CreateCampaignRequest& request,
    absl::StatusOr<PlannedCampaign> planned) {
  // Nothing is stored, so there is nothing to send again.
  if (request.validate_only()) return Create(request, std::move(planned));
  return Once(request, [&] { return Create(request, std::move(planned)); });
}

absl::StatusOr<v1::Campaign> Scheduler::Create(
    const v1::CreateCampaignRequest& request,
    absl::StatusOr<PlannedCampaign> planned) {
  if (!planned.ok()) return planned.status();
  v1::Campaign& campaign = planned->campaign;
  const Plan& plan = planned->plan;
  if (!request.campaign_id().empty()) {
    ISOSHAPE_RETURN_IF_ERROR(CheckId("campaign_id", request.campaign_id()));
    campaign.set_name(MakeCampaignName(request.campaign_id()));
    if (campaigns_.contains(campaign.name())) {
      return absl::AlreadyExistsError(
          absl::StrCat("campaign ", campaign.name(),
                       " exists already; choose another campaign_id"));
    }
  }
  const std::string count =
      Counted(static_cast<int64_t>(plan.trials.size()), "trial");
  if (request.validate_only()) {
    campaign.set_planner_note(
        absl::StrCat(count, " would be proposed first; ", plan.note));
    SetExpected(ExpectedFlops(campaign, 0, plan), campaign);
    campaign.set_waiting(
        WhyWouldWait(campaign, plan.trials, workers_, Now(),
                     std::max(pace_.longest_lease(), told_before_)));
    campaign.mutable_trial_counts()->set_pending(
        static_cast<int32_t>(plan.trials.size()));
    return campaign;
  }
  while (campaign.name().empty()) {
    const std::string name =
        absl::StrCat("campaigns/c", changes_.Next(Counter::kCampaign));
    if (!campaigns_.contains(name)) campaign.set_name(name);
  }
  campaign.set_state(v1::Campaign::RUNNING);
  campaign.set_planner_note(plan.note);
  *campaign.mutable_create_time() = ToProto(Now());
  CampaignState& state = campaigns_[campaign.name()];
  state.campaign = std::move(campaign);
  state.terms = ++terms_;
  NoteCampaign(state, absl::StrCat("created with ", count, "; ", plan.note));
  Accept(state, 0, std::move(planned->plan));
  return state.AsPlanned();
}

v1::Trial& Scheduler::AddTrial(CampaignState& state, v1::Trial added) {
  v1::Trial& trial = state.trials.emplace_back(std::move(added));
  trial.set_name(MakeTrialName(state.campaign.name(),
                               static_cast<int64_t>(state.trials.size())));
  *trial.mutable_create_time() = ToProto(Now());
  SetState(state, trial, v1::Trial::PENDING);
  AppendTrialEvent(
      state, trial,
      absl::StrFormat("%s: %s%s at %s FLOPs is proposed", trial.name(),
                      ShapeLabel(FromProto(trial.shape())),
                      trial.variant().empty() ? "" : " " + trial.variant(),
                      FormatFlops(trial.budget_flops())));
  return trial;
}

void Scheduler::Conclude(CampaignState& state) {
  v1::Campaign& campaign = state.campaign;
  campaign.set_missing(MissingResults(state));
  campaign.set_state(campaign.missing().empty() ? v1::Campaign::COMPLETED
                                                : v1::Campaign::INCOMPLETE);
}

void Scheduler::Reopen(CampaignState& state, absl::string_view why) {
  v1::Campaign& campaign = state.campaign;
  if (!HasEnded(campaign)) return;
  campaign.set_state(v1::Campaign::RUNNING);
  campaign.clear_end_time();
  campaign.clear_missing();
  NoteCampaign(state, absl::StrCat("running again: ", why));
}

absl::StatusOr<v1::Campaign> Scheduler::UpdateCampaign(
    const v1::UpdateCampaignRequest& request) {
  UpdatePlan made = {.order = OrderUpdate(request)};
  if (made.order.has_value()) made.plan = PlanTrials(made.order->input);
  return UpdateCampaign(request, made);
}

absl::StatusOr<v1::Campaign> Scheduler::UpdateCampaign(
    const v1::UpdateCampaignRequest& request, const UpdatePlan& made) {
  return Once(request, [&] { return Update(request, made); });
}

absl::StatusOr<v1::Campaign> Scheduler::Update(
    const v1::UpdateCampaignRequest& request, const UpdatePlan& made) {
  ISOSHAPE_ASSIGN_OR_RETURN(CampaignState* const state,
                            FindCampaign(request.campaign().name()));
  if (state->campaign.state() == v1::Campaign::CANCELLED) {
    return WrongState(state->campaign, "changed",
                      "make a new campaign to go on");
  }
  ISOSHAPE_RETURN_IF_ERROR(ReadTrials(*state));
  ISOSHAPE_ASSIGN_OR_RETURN(
      CampaignUpdate update,
      UpdatedCampaign(state->campaign, request.campaign(),
                      request.update_mask(), state->history.planned_flops()));
  if (!update.asks_for_more) {
    state->campaign = std::move(update.campaign);
    NoteCampaign(*state, update.message);
    return state->AsPlanned();
  }
  // What it asks for must be feasible before anything changes.
  ISOSHAPE_RETURN_IF_ERROR(made.plan.status());
  const bool still_holds =
      made.order.has_value() && made.order->terms == state->terms;
  state->campaign = std::move(update.campaign);
  state->terms = ++terms_;
  state->planner_done = false;
  state->plan_under_way = false;
  state->proposed.clear();
  NoteCampaign(*state, update.message);
  if (HasEnded(state->campaign) &&
      (!still_holds || !made.plan->trials.empty())) {
    Reopen(*state, "it was extended");
  }
  if (HasEnded(state->campaign)) Conclude(*state);
  if (still_holds) {
    // Takes its note too, of a campaign that stays ended as well.
    Accept(*state, made.order->input.trials, made.plan);
  } else {
    // What the planner said is of what was asked before.
    state->campaign.clear_planner_note();
    state->campaign.clear_expected_flops();
    Advance(*state);
  }
  return state->AsPlanned();
}

absl::StatusOr<v1::Campaign> Scheduler::PauseCampaign(
    const v1::PauseCampaignRequest& request) {
  return Once(request, [&] { return SetPaused(request.name(), true); });
}

absl::StatusOr<v1::Campaign> Scheduler::ResumeCampaign(
    const v1::ResumeCampaignRequest& request) {
  return Once(request, [&] { return SetPaused(request.name(), false); });
}

absl::StatusOr<v1::Campaign> Scheduler::SetPaused(const std::string& name,
                                                  bool paused) {
  ISOSHAPE_ASSIGN_OR_RETURN(CampaignState* const state, FindCampaign(name));
  v1::Campaign& campaign = state->campaign;
  if (!IsLive(campaign)) {
    return WrongState(campaign, paused ? "paused" : "resumed",
                      HasEnded(campaign) ? "extend it, or add a trial, to go on"
                                         : "make a new campaign to go on");
  }
  const v1::Campaign::State wanted =
      paused ? v1::Campaign::PAUSED : v1::Campaign::RUNNING;
  if (campaign.state() == wanted) return campaign;
  campaign.set_state(wanted);
  RefreshLeasable(*state);
  offers_.Add({.campaign = campaign.name()});
  NoteCampaign(*state, paused ? "paused" : "resumed");
  return campaign;
}

absl::StatusOr<v1::Campaign> Scheduler::CancelCampaign(
    const v1::CancelCampaignRequest& request) {
  return Once(request, [&] { return Cancel(request.name()); });
}

absl::StatusOr<v1::Campaign> Scheduler::Cancel(const std::string& name) {
  ISOSHAPE_ASSIGN_OR_RETURN(CampaignState* const state, FindCampaign(name));
  v1::Campaign& campaign = state->campaign;
  if (campaign.state() == v1::Campaign::CANCELLED) return campaign;
  if (HasEnded(campaign)) {
    return WrongState(campaign, "cancelled", "it has ended already");
  }
  campaign.set_state(v1::Campaign::CANCELLED);
  *campaign.mutable_end_time() = ToProto(Now());
  state->proposed.clear();
  if (absl::StrContains(campaign.planner_note(), "waiting for")) {
    campaign.clear_planner_note();  // nothing is waited for any more
  }
  campaign.set_expected_flops(state->history.planned_flops());
  const PendingTrials::Keys pending = state->pending.all();
  for (const auto& [budget, number] : pending) {
    EndTrial({state, state->Find(number)}, v1::Trial::CANCELLED,
             v1::Trial::FAILURE_UNSPECIFIED, "its campaign was cancelled",
             "cancelled with its campaign");
  }
  RefreshLeasable(*state);
  NoteCampaign(*state,
               absl::StrCat("cancelled; ", campaign.trial_counts().leased(),
                            " running to be stopped by their workers"));
  return campaign;
}

absl::StatusOr<google::protobuf::Empty> Scheduler::DeleteCampaign(
    const v1::DeleteCampaignRequest& request) {
  return Once(request, [&] { return Delete(request); });
}

absl::StatusOr<google::protobuf::Empty> Scheduler::Delete(
    const v1::DeleteCampaignRequest& request) {
  const std::string& name = request.name();
  ISOSHAPE_ASSIGN_OR_RETURN(CampaignState* const state, FindCampaign(name));
  const v1::Campaign& campaign = state->campaign;
  if (!request.force() && IsLive(campaign)) {
    return WrongState(campaign, "deleted", "cancel it first or set force");
  }
  if (!request.force()) {
    for (const auto& [other, user] : campaigns_) {
      const auto& priors = PriorsOf(user.campaign);
      if (IsLive(user.campaign) &&
          std::find(priors.begin(), priors.end(), name) != priors.end()) {
        return absl::FailedPreconditionError(absl::StrCat(
            name, " cannot be deleted: ", other,
            " begins from its results; wait until that has ended, or set "
            "force"));
      }
    }
  }
  for (v1::Trial& trial : state->trials) {
    if (trial.state() == v1::Trial::LEASED) DropLease(trial);
    expired_.erase(trial.name());
  }
  changes_.CampaignDeleted(name);
  changes_.Tell(
      absl::StrCat(name, " is deleted with ",
                   Counted(AllTrials(campaign.trial_counts()), "trial")));
  leasable_.erase(name);
  plans_due_.erase(name);
  proposing_.erase(name);
  ended_.NoteUse(name);
  campaigns_.erase(name);
  return google::protobuf::Empty();
}

}  // namespace isoshape
