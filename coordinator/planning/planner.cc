#include "coordinator/planning/planner.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status_macros.h"
#include "coordinator/planning/trunk_sharing.h"
#include "messages/campaign_recipe.h"
#include "messages/campaign_space.h"
#include "messages/measured_points.h"
#include "messages/proto_time.h"
#include "messages/shape_proto.h"
#include "search/interface.h"
#include "search/registry.h"
#include "shape/accounting.h"

namespace isoshape {
namespace {

SearchProblem ProblemOf(const v1::Campaign& campaign) {
  SearchProblem problem;
  problem.space = SpaceOfCampaign(campaign);
  for (const double budget : campaign.budgets()) {
    problem.budgets.push_back(budget);
    problem.tokens_per_step.push_back(TokensPerStepAt(campaign, budget));
  }
  problem.seeds = campaign.seeds();
  problem.target_flops = campaign.target_flops();
  problem.total_flops = campaign.total_flops();
  return problem;
}

PastTrial::State PastState(const v1::Trial& trial) {
  if (trial.excluded()) return PastTrial::State::kFailed;
  switch (trial.state()) {
    case v1::Trial::PENDING:
      return PastTrial::State::kPending;
    case v1::Trial::LEASED:
      return PastTrial::State::kRunning;
    case v1::Trial::SUCCEEDED:
      return PastTrial::State::kSucceeded;
    case v1::Trial::DIVERGED:
      return PastTrial::State::kDiverged;
    default:
      return PastTrial::State::kFailed;
  }
}

void SetLoss(const MeasuredPoint& point, PastTrial* past) {
  past->state = PastTrial::State::kSucceeded;
  past->validation_loss = point.loss;
  if (point.loss_stderr > 0) past->loss_stderr = point.loss_stderr;
  past->flops = point.flops;
}

// Adds a trial and its branches, as if each budget had one of its own.
void AddHistory(const v1::Trial& trial, std::vector<PastTrial>* history) {
  const std::vector<MeasuredPoint> points = MeasuredPoints(trial);
  const auto point_at = [&](int64_t steps) {
    return std::find_if(
        points.begin(), points.end(),
        [&](const MeasuredPoint& p) { return p.steps == steps; });
  };
  PastTrial own;
  own.shape = FromProto(trial.shape());
  own.budget_flops = trial.budget_flops();
  own.seed = trial.seed();
  own.state = PastState(trial);
  if (trial.has_end_time()) {
    own.ended = absl::ToUnixMicros(FromProto(trial.end_time()));
  }
  PastTrial whole = own;
  if (own.state == PastTrial::State::kSucceeded) {
    const auto point = point_at(trial.steps());
    if (point != points.end()) {
      SetLoss(*point, &whole);
    } else {
      whole.state = PastTrial::State::kFailed;
    }
  }
  history->push_back(whole);
  for (const v1::TrialBranch& branch : trial.branches()) {
    const auto point = point_at(branch.steps());
    PastTrial past = own;
    past.budget_flops = branch.budget_flops();
    if (point != points.end()) {
      SetLoss(*point, &past);
    } else if (own.state == PastTrial::State::kSucceeded) {
      continue;  // the trainer left it out: it may be proposed by itself
    }
    history->push_back(past);
  }
}

}  // namespace

double PlannedFlops(const v1::Trial& trial) {
  double flops = static_cast<double>(trial.tokens()) * trial.flops_per_token();
  for (const v1::TrialBranch& branch : trial.branches()) {
    flops += branch.added_flops();
  }
  return flops;
}

absl::StatusOr<Plan> PlanTrials(const v1::Campaign& campaign,
                                const std::vector<const v1::Trial*>& trials) {
  std::vector<PastTrial> history;
  history.reserve(trials.size());
  double planned = 0;
  for (const v1::Trial* trial : trials) {
    planned += PlannedFlops(*trial);
    if (trial->purpose() == v1::Trial::VERIFICATION) continue;
    AddHistory(*trial, &history);
  }
  ISOSHAPE_ASSIGN_OR_RETURN(const Proposals proposals,
                            MakeAlgorithm(campaign.algorithm())
                                ->Propose(ProblemOf(campaign), history));

  Plan plan;
  plan.done = proposals.done;
  plan.note = proposals.note;
  std::vector<v1::Trial> proposed;
  for (const Proposal& proposal : proposals.trials) {
    v1::Trial& trial = proposed.emplace_back();
    *trial.mutable_shape() = ToProto(proposal.shape);
    trial.set_budget_flops(proposal.budget_flops);
    trial.set_seed(proposal.seed);
    trial.set_purpose(v1::Trial::SEARCH);
    trial.set_reason(proposal.reason);
    ISOSHAPE_RETURN_IF_ERROR(FillTrialFigures(campaign, &trial));
  }
  if (SharesTrunks(campaign)) {
    proposed = ShareTrunks(campaign, std::move(proposed));
  }
  for (v1::Trial& trial : proposed) {
    if (campaign.total_flops() > 0 &&
        planned + PlannedFlops(trial) > campaign.total_flops()) {
      plan.done = true;
      plan.note = absl::StrFormat(
          "stopped by total_flops %g: %g are planned and the next trial would "
          "add %g; %s",
          campaign.total_flops(), planned, PlannedFlops(trial), plan.note);
      break;
    }
    planned += PlannedFlops(trial);
    plan.trials.push_back(std::move(trial));
  }
  if (trials.empty() && plan.trials.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("nothing can be proposed: ", plan.note));
  }
  return plan;
}

absl::Status FillTrialFigures(const v1::Campaign& campaign, v1::Trial* trial) {
  const Shape shape = FromProto(trial->shape());
  const int64_t tokens_per_step =
      TokensPerStepAt(campaign, trial->budget_flops());
  const double flops_per_token = TrainingFlopsPerToken(shape);
  const int64_t steps =
      StepsAtBudget(shape, trial->budget_flops(), tokens_per_step);
  if (steps < 1) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "budget %g FLOPs does not pay for one step of %s, which costs %g; "
        "raise budget_flops or take a smaller shape",
        trial->budget_flops(), ShapeLabel(shape),
        flops_per_token * static_cast<double>(tokens_per_step)));
  }
  trial->set_steps(steps);
  trial->set_tokens_per_step(tokens_per_step);
  trial->set_tokens(steps * tokens_per_step);
  trial->set_parameters(CountParameters(shape).total());
  trial->set_flops_per_token(flops_per_token);
  return absl::OkStatus();
}

}  // namespace isoshape
