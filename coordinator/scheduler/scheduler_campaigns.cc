// Verbs of CampaignService, and what the planner adds.
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status_macros.h"
#include "coordinator/planning/campaign_defaults.h"
#include "coordinator/planning/campaign_update.h"
#include "coordinator/planning/campaign_validation.h"
#include "coordinator/planning/planner.h"
#include "coordinator/scheduler/campaign_outcome.h"
#include "coordinator/scheduler/scheduler.h"
#include "messages/proto_time.h"
#include "messages/resource_name.h"
#include "messages/shape_proto.h"

namespace isoshape {
namespace {

std::string Count(size_t count, absl::string_view what) {
  return absl::StrCat(count, " ", what, count == 1 ? "" : "s");
}

}  // namespace

absl::StatusOr<v1::Campaign> Scheduler::CreateCampaign(
    const v1::CreateCampaignRequest& request) {
  // Nothing is stored, so there is nothing to send again.
  if (request.validate_only()) return Create(request);
  return Once(request, [&] { return Create(request); });
}

absl::StatusOr<v1::Campaign> Scheduler::Create(
    const v1::CreateCampaignRequest& request) {
  v1::Campaign campaign = request.campaign();
  campaign.clear_trial_counts();
  campaign.clear_planner_note();
  campaign.clear_end_time();
  campaign.clear_data_fingerprint();
  campaign.clear_missing();
  campaign.clear_waiting();
  campaign.clear_set_aside();
  FillCampaignDefaults(&campaign);
  ISOSHAPE_RETURN_IF_ERROR(CheckCampaign(campaign));
  campaign.clear_name();
  if (!request.campaign_id().empty()) {
    ISOSHAPE_RETURN_IF_ERROR(CheckId("campaign_id", request.campaign_id()));
    campaign.set_name(absl::StrCat("campaigns/", request.campaign_id()));
    if (campaigns_.contains(campaign.name())) {
      return absl::AlreadyExistsError(
          absl::StrCat("campaign ", campaign.name(),
                       " exists already; choose another campaign_id"));
    }
  }
  ISOSHAPE_ASSIGN_OR_RETURN(Plan plan, PlanTrials(campaign, {}));
  campaign.set_state(v1::Campaign::RUNNING);
  campaign.set_planner_note(plan.note);
  *campaign.mutable_create_time() = ToProto(Now());
  *campaign.mutable_update_time() = ToProto(Now());
  if (request.validate_only()) {
    campaign.clear_create_time();
    campaign.clear_update_time();
    campaign.clear_state();
    campaign.set_planner_note(absl::StrCat(Count(plan.trials.size(), "trial"),
                                           " would be proposed first; ",
                                           plan.note));
    return campaign;
  }

  while (campaign.name().empty()) {
    const std::string name =
        absl::StrCat("campaigns/c", changes_.Next(Counter::kCampaign));
    if (!campaigns_.contains(name)) campaign.set_name(name);
  }
  CampaignState& state = campaigns_[campaign.name()];
  state.campaign = std::move(campaign);
  state.planner_done = plan.done;
  NoteCampaign(state,
               absl::StrCat("created with ", Count(plan.trials.size(), "trial"),
                            "; ", plan.note));
  for (v1::Trial& trial : plan.trials) AddTrial(state, std::move(trial));
  return state.campaign;
}

v1::Trial& Scheduler::AddTrial(CampaignState& state, v1::Trial added) {
  v1::Trial& trial = state.trials.emplace_back(std::move(added));
  trial.set_name(MakeTrialName(state.campaign.name(),
                               static_cast<int64_t>(state.trials.size())));
  *trial.mutable_create_time() = ToProto(Now());
  SetState(state, trial, v1::Trial::PENDING);
  AppendTrialEvent(
      state, trial,
      absl::StrFormat("%s: %s at %g FLOPs is proposed", trial.name(),
                      ShapeLabel(FromProto(trial.shape())),
                      trial.budget_flops()));
  return trial;
}

void Scheduler::Advance(CampaignState& state) {
  v1::Campaign& campaign = state.campaign;
  if (campaign.state() != v1::Campaign::RUNNING &&
      campaign.state() != v1::Campaign::PAUSED) {
    return;
  }
  std::string message;
  if (!state.planner_done) {
    absl::StatusOr<Plan> plan = PlanTrials(campaign, state.AllTrials());
    if (!plan.ok()) {
      // The error follows from the history alone, so asking again would not
      // help.
      plan = Plan{.trials = {},
                  .done = true,
                  .note = std::string(plan.status().message())};
    }
    state.planner_done = plan->done;
    if (plan->note != campaign.planner_note()) {
      campaign.set_planner_note(plan->note);
      message = plan->note;
    }
    for (v1::Trial& trial : plan->trials) AddTrial(state, std::move(trial));
  }
  if (state.planner_done && campaign.trial_counts().pending() == 0 &&
      campaign.trial_counts().leased() == 0) {
    *campaign.mutable_end_time() = ToProto(Now());
    Conclude(state);
    message = absl::StrCat(
        campaign.missing().empty()
            ? "completed; "
            : absl::StrCat("incomplete: ", campaign.missing(), "; "),
        campaign.planner_note());
    RefreshLeasable(state);
  }
  if (!message.empty()) NoteCampaign(state, message);
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
  return Once(request, [&]() -> absl::StatusOr<v1::Campaign> {
    ISOSHAPE_ASSIGN_OR_RETURN(CampaignState* const state,
                              FindCampaign(request.campaign().name()));
    if (state->campaign.state() == v1::Campaign::CANCELLED) {
      return WrongState(state->campaign, "changed",
                        "make a new campaign to go on");
    }
    double planned = 0;
    for (const v1::Trial& trial : state->trials) planned += PlannedFlops(trial);
    ISOSHAPE_ASSIGN_OR_RETURN(
        CampaignUpdate update,
        UpdatedCampaign(state->campaign, request.campaign(),
                        request.update_mask(), planned));
    if (!update.asks_for_more) {
      state->campaign = std::move(update.campaign);
      NoteCampaign(*state, update.message);
      return state->campaign;
    }
    // What it asks for must be feasible before anything changes.
    ISOSHAPE_ASSIGN_OR_RETURN(const Plan plan,
                              PlanTrials(update.campaign, state->AllTrials()));
    state->campaign = std::move(update.campaign);
    state->planner_done = false;
    NoteCampaign(*state, update.message);
    if (HasEnded(state->campaign) && !plan.trials.empty()) {
      Reopen(*state, "it was extended");
    }
    Reconsider(*state);
    return state->campaign;
  });
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
  if (campaign.state() != v1::Campaign::RUNNING &&
      campaign.state() != v1::Campaign::PAUSED) {
    return WrongState(campaign, paused ? "paused" : "resumed",
                      HasEnded(campaign) ? "extend it, or add a trial, to go on"
                                         : "make a new campaign to go on");
  }
  const v1::Campaign::State wanted =
      paused ? v1::Campaign::PAUSED : v1::Campaign::RUNNING;
  if (campaign.state() == wanted) return campaign;
  campaign.set_state(wanted);
  RefreshLeasable(*state);
  ++offers_;
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
  const auto pending = state->pending;
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
  if (!request.force() && (campaign.state() == v1::Campaign::RUNNING ||
                           campaign.state() == v1::Campaign::PAUSED)) {
    return WrongState(campaign, "deleted", "cancel it first or set force");
  }
  for (v1::Trial& trial : state->trials) {
    if (trial.state() == v1::Trial::LEASED) DropLease(trial);
    expired_.erase(trial.name());
  }
  changes_.CampaignDeleted(name);
  leasable_.erase(name);
  campaigns_.erase(name);
  return google::protobuf::Empty();
}

}  // namespace isoshape
