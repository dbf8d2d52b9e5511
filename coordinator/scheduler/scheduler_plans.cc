// What the searches of campaigns propose next, and when a campaign has ended.
#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "coordinator/planning/campaign_update.h"
#include "coordinator/planning/prior_runs.h"
#include "coordinator/planning/variants.h"
#include "coordinator/scheduler/scheduler.h"
#include "messages/campaign/campaign_variants.h"
#include "messages/json/proto_time.h"
#include "messages/names/resource_name.h"
#include "messages/trial/lifecycle.h"
#include "search/optimum/optimum_entry.h"

namespace isoshape {
namespace {

// Trials of one commit that plans add, so that others are not held up by it; a
// group of variants is not split.
constexpr size_t kMaxAdded = 256;
// A campaign whose workers have enough to do rests this many times as long as
// its last plan took.
constexpr double kRest = 4;
// How long a plan waits for priors that the store could not give.
constexpr absl::Duration kReadAgain = absl::Seconds(5);

// Whether nothing is asked of the campaign's search any more. Of one that has
// ended a last word may be.
bool IsFinished(const CampaignState& state) {
  return !IsLive(state.campaign) && !HasEnded(state.campaign);
}

}  // namespace

void Scheduler::Advance(CampaignState& state) {
  if (!IsLive(state.campaign)) return;
  if (!state.planner_done) WantPlan(state);
  EndIfDone(state);
}

void Scheduler::WantPlan(CampaignState& state) {
  state.plan_wanted = true;
  if (options_.plans_apart) {
    plans_due_.insert(state.campaign.name());
    return;
  }
  const absl::StatusOr<PlanOrder> order = OrderPlan(state);
  state.plan_wanted = false;
  state.plan_old = false;
  Accept(state, state.history.trials(),
         order.ok() ? PlanTrials(order->input) : order.status());
}

absl::StatusOr<PlanOrder> Scheduler::OrderPlan(const CampaignState& state) {
  ISOSHAPE_ASSIGN_OR_RETURN(
      std::vector<PriorRun> priors,
      PriorRunsOf(state.campaign, FromProto(state.campaign.create_time())));
  return PlanOrder{.campaign = state.campaign.name(),
                   .terms = state.terms,
                   .input = {.campaign = state.campaign,
                             .history = state.history.Snapshot(),
                             .trials = state.history.trials(),
                             .planned_flops = state.history.planned_flops(),
                             .priors = std::move(priors)}};
}

absl::StatusOr<std::vector<PriorRun>> Scheduler::PriorRunsOf(
    const v1::Campaign& campaign, absl::Time until) {
  std::vector<PriorRun> runs;
  const auto& priors = PriorsOf(campaign);
  for (int i = 0; i < priors.size(); ++i) {
    const auto it = campaigns_.find(priors[i]);
    if (it == campaigns_.end()) continue;
    absl::Status read = ReadTrials(it->second);
    if (absl::IsUnavailable(read)) return read;
    if (!read.ok()) continue;  // damaged: it has no result any more
    for (const v1::Trial& trial : it->second.trials) {
      AddPriorRuns(i, trial, until, runs);
    }
  }
  return runs;
}

absl::StatusOr<std::vector<PriorRun>> Scheduler::PriorRunsFor(
    const v1::CreateCampaignRequest& request) {
  const auto& priors = PriorsOf(request.campaign());
  if (priors.size() > kMaxPriors) return std::vector<PriorRun>();  // refused
  ISOSHAPE_ASSIGN_OR_RETURN(std::vector<PriorRun> runs,
                            PriorRunsOf(request.campaign(), Now()));
  for (int i = 0; i < priors.size(); ++i) {
    constexpr char kField[] = "algorithm.optimum.priors";
    const absl::Status name = CheckCampaignName(priors[i]);
    if (!name.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat(kField, ": ", name.message()));
    }
    if (!campaigns_.contains(priors[i])) {
      return absl::NotFoundError(absl::StrCat(kField, ": there is no campaign ",
                                              priors[i], "; leave it out"));
    }
    if (std::none_of(runs.begin(), runs.end(),
                     [&](const PriorRun& run) { return run.campaign == i; })) {
      return absl::FailedPreconditionError(
          absl::StrCat(kField, ": ", priors[i],
                       " has no result; wait for some, or leave it out"));
    }
  }
  return runs;
}

std::vector<PlanOrder> Scheduler::TakePlanOrders() {
  std::vector<PlanOrder> orders;
  const absl::Duration now = options_.clock->Elapsed();
  for (auto due = plans_due_.begin(); due != plans_due_.end();) {
    CampaignState& state = campaigns_.at(*due);
    if (!IsFinished(state) &&
        (state.plan_under_way || !state.proposed.empty() ||
         ((!state.pending.empty() || state.priors_unread) &&
          now < state.plan_rest))) {
      ++due;
      continue;
    }
    if (!IsFinished(state)) {
      absl::StatusOr<PlanOrder> order = OrderPlan(state);
      // A plan without them would be another than the one before a restart.
      state.priors_unread = !order.ok();
      if (!order.ok()) {
        state.plan_rest = now + kReadAgain;
        ++due;
        continue;
      }
      state.plan_under_way = true;
      state.plan_begin = now;
      orders.push_back(*std::move(order));
    }
    due = plans_due_.erase(due);
    state.plan_wanted = false;
    state.plan_old = false;
    ended_.NoteUse(state.campaign.name());  // it may rest now
  }
  return orders;
}

void Scheduler::TakePlan(const PlanOrder& order, absl::StatusOr<Plan> plan) {
  const auto it = campaigns_.find(order.campaign);
  if (it == campaigns_.end() || it->second.terms != order.terms) return;
  CampaignState& state = it->second;
  state.plan_under_way = false;
  ended_.NoteUse(order.campaign);
  const absl::Duration now = options_.clock->Elapsed();
  state.plan_rest = now + kRest * (now - state.plan_begin);
  if (!IsFinished(state)) {
    Accept(state, order.input.trials, std::move(plan));
  }
}

std::optional<PlanOrder> Scheduler::OrderUpdate(
    const v1::UpdateCampaignRequest& request) {
  const auto it = campaigns_.find(request.campaign().name());
  if (it == campaigns_.end()) return std::nullopt;
  CampaignState& state = it->second;
  if (state.campaign.state() == v1::Campaign::CANCELLED ||
      !ReadTrials(state).ok()) {
    return std::nullopt;  // UpdateCampaign says why it is refused
  }
  const absl::StatusOr<CampaignUpdate> update =
      UpdatedCampaign(state.campaign, request.campaign(), request.update_mask(),
                      state.history.planned_flops());
  if (!update.ok() || !update->asks_for_more) return std::nullopt;
  absl::StatusOr<PlanOrder> order = OrderPlan(state);
  if (!order.ok()) return std::nullopt;  // it is planned when it can be
  order->input.campaign = update->campaign;
  return *std::move(order);
}

void Scheduler::Accept(CampaignState& state, int64_t trials,
                       absl::StatusOr<Plan> plan) {
  const ActorScope the_plan_does_it = OfItself();
  v1::Campaign& campaign = state.campaign;
  if (!plan.ok()) {
    // The error follows from the history alone, so asking again would not help.
    plan = Plan{.trials = {},
                .done = true,
                .note = std::string(plan.status().message())};
  }
  if (HasEnded(campaign)) {
    // It was ended by the plan before: that one's word alone may be old.
    if (plan->trials.empty() && plan->note != campaign.planner_note()) {
      campaign.set_planner_note(plan->note);
      NoteCampaign(state, plan->note);
    }
    return;
  }
  // Trials may have been added by hand, since or, in variants that the search
  // does not see, before.
  std::erase_if(plan->trials, [&](const v1::Trial& proposed) {
    const std::vector<int64_t> same = state.SameRuns(proposed);
    return std::any_of(same.begin(), same.end(), [&](int64_t number) {
      return number > trials ||
             (!IsBase(proposed) && IsOfSearch(*state.Find(number)));
    });
  });
  if (state.history.trials() > trials) {
    CutAtTotal(campaign, state.history.planned_flops(), &*plan);
  }
  state.planner_done = plan->done && !state.plan_wanted;
  const bool noted = plan->note != campaign.planner_note();
  if (noted) campaign.set_planner_note(plan->note);
  if (SetExpected(ExpectedFlops(campaign, state.history.planned_flops(), *plan),
                  campaign)) {
    MarkChanged(state);
  }
  state.proposed.assign(std::make_move_iterator(plan->trials.begin()),
                        std::make_move_iterator(plan->trials.end()));
  AddProposedTo(state,
                options_.plans_apart ? kMaxAdded : state.proposed.size());
  if (!state.proposed.empty()) proposing_.insert(campaign.name());
  if (!EndIfDone(state) && noted) NoteCampaign(state, plan->note);
}

void Scheduler::AddProposed() {
  for (auto it = proposing_.begin(); it != proposing_.end();) {
    CampaignState& state = campaigns_.at(*it);
    AddProposedTo(state, kMaxAdded);
    it = state.proposed.empty() ? proposing_.erase(it) : std::next(it);
  }
}

absl::StatusOr<bool> Scheduler::IsAdding(const std::string& campaign) const {
  const auto it = campaigns_.find(campaign);
  if (it == campaigns_.end()) {
    return absl::NotFoundError(absl::StrCat("there is no campaign ", campaign));
  }
  return !it->second.proposed.empty();
}

void Scheduler::AddProposedTo(CampaignState& state, size_t max) {
  const v1::Trial* last = nullptr;
  for (size_t i = 0; !state.proposed.empty(); ++i) {
    if (i >= max &&
        (last == nullptr || BeginsGroup(*last, state.proposed.front()))) {
      break;
    }
    v1::Trial trial = std::move(state.proposed.front());
    state.proposed.pop_front();
    last = &AddTrial(state, std::move(trial));
  }
}

bool Scheduler::EndIfDone(CampaignState& state) {
  v1::Campaign& campaign = state.campaign;
  if (!IsLive(campaign) || !state.planner_done || state.AwaitsTrials() ||
      campaign.trial_counts().pending() > 0 ||
      campaign.trial_counts().leased() > 0) {
    return false;
  }
  // Its last word must not be that it waits for a trial.
  if (state.plan_old) {
    WantPlan(state);
    return !IsLive(campaign);
  }
  const ActorScope its_last_trial_does_it = OfItself();
  *campaign.mutable_end_time() = ToProto(Now());
  Conclude(state);
  RefreshLeasable(state);
  NoteCampaign(
      state,
      absl::StrCat(campaign.missing().empty()
                       ? "completed; "
                       : absl::StrCat("incomplete: ", campaign.missing(), "; "),
                   campaign.planner_note()));
  return true;
}

}  // namespace isoshape
