#include "coordinator/planning/planner.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status/status_macros.h"
#include "common/text/format_number.h"
#include "coordinator/planning/prior_runs.h"
#include "coordinator/planning/search_problem.h"
#include "coordinator/planning/small_budgets.h"
#include "coordinator/planning/variants.h"
#include "messages/campaign/algorithm_arm.h"
#include "messages/campaign/campaign_variants.h"
#include "messages/campaign/tokens_per_step.h"
#include "messages/shape/shape_proto.h"
#include "messages/trial/measured_points.h"
#include "scaling/runs/budget_levels.h"
#include "scaling/statistics/shared_fits.h"
#include "search/interface.h"
#include "search/registry.h"
#include "shape/accounting.h"
#include "shape/rounded_up.h"

namespace isoshape {
namespace {

// `; 1 of its 2 priors has no result any more`: each had some when the campaign
// was created, which were deleted or excluded since.
std::string GoneText(const v1::Campaign& campaign,
                     const std::vector<PriorRun>& runs) {
  std::set<int> there;
  for (const PriorRun& run : runs) there.insert(run.campaign);
  const auto gone = static_cast<int64_t>(PriorsOf(campaign).size()) -
                    static_cast<int64_t>(there.size());
  if (gone <= 0) return "";
  if (PriorsOf(campaign).size() == 1) {
    return "; its prior has no result any more";
  }
  return absl::StrFormat("; %d of its %d priors %s no result any more", gone,
                         PriorsOf(campaign).size(), gone == 1 ? "has" : "have");
}

}  // namespace

bool IsSameRun(const v1::Trial& a, const v1::Trial& b) {
  return a.budget_flops() == b.budget_flops() && a.seed() == b.seed() &&
         VariantOf(a) == VariantOf(b) &&
         FromProto(a.shape()) == FromProto(b.shape());
}

void CutAtTotal(const v1::Campaign& campaign, double planned, Plan* plan) {
  if (campaign.total_flops() <= 0) return;
  std::vector<v1::Trial>& trials = plan->trials;
  for (size_t begin = 0, end = 0; begin < trials.size(); begin = end) {
    double added = 0;
    do {
      added += PlannedFlops(trials[end++]);
    } while (end < trials.size() && !BeginsGroup(trials[end - 1], trials[end]));
    if (planned + added > campaign.total_flops()) {
      trials.resize(begin);
      plan->done = true;
      plan->note = absl::StrFormat(
          "stopped by total_flops %s: %s are planned and the next %s would add "
          "%s; %s",
          FormatFlops(campaign.total_flops()), FormatFlops(planned),
          end - begin > 1 ? absl::StrCat(end - begin, " trials") : "trial",
          FormatFlops(added), plan->note);
      return;
    }
    planned += added;
  }
}

std::optional<double> ExpectedFlops(const v1::Campaign& campaign,
                                    double planned, const Plan& plan) {
  for (const v1::Trial& trial : plan.trials) planned += PlannedFlops(trial);
  if (plan.done) return planned;
  const double limit = campaign.total_flops();
  if (!plan.later_flops) return std::nullopt;
  const double expected = planned + *plan.later_flops;
  return limit > 0 ? std::min(expected, std::max(limit, planned)) : expected;
}

absl::StatusOr<Plan> PlanTrials(const PlanInput& input) {
  const v1::Campaign& campaign = input.campaign;
  if (campaign.algorithm().kind_case() == v1::Algorithm::KIND_NOT_SET) {
    return absl::FailedPreconditionError(
        "another version stored this campaign, with an algorithm that this one "
        "does not know: nothing more is proposed; add trials by hand, or make "
        "a new campaign");
  }
  SearchProblem problem = ProblemOf(campaign);
  problem.priors = input.priors;
  // The same at each plan, and so fitted once.
  static SharedFits& fits = *new SharedFits();
  const SharedFits::Scope shared(&fits);
  const std::vector<PastTrial> past = input.history.PastTrials();
  ISOSHAPE_ASSIGN_OR_RETURN(
      Proposals proposals,
      MakeAlgorithm(campaign.algorithm())->Propose(problem, past));
  Plan plan;
  plan.proposed = OutlookOfFirst(problem, proposals);
  plan.done = proposals.done;
  if (proposals.later_flops) {
    plan.later_flops = *proposals.later_flops *
                       static_cast<double>(1 + campaign.variants_size());
  }
  plan.note = std::move(proposals.note);
  for (Proposal& proposal : proposals.trials) {
    v1::Trial& trial = plan.trials.emplace_back();
    *trial.mutable_shape() = ToProto(proposal.shape);
    trial.set_budget_flops(proposal.budget_flops);
    trial.set_seed(proposal.seed);
    trial.set_purpose(v1::Trial::SEARCH);
    trial.set_variant(VariantField(campaign, kBaseVariant));
    trial.set_reason(std::move(proposal.reason));
    ISOSHAPE_RETURN_IF_ERROR(FillTrialFigures(campaign, &trial));
  }
  ISOSHAPE_ASSIGN_OR_RETURN(
      plan.trials, CrossWithVariants(campaign, std::move(plan.trials)));
  plan.note += GoneText(campaign, input.priors);
  CutAtTotal(campaign, input.planned_flops, &plan);
  if (input.trials == 0 && plan.trials.empty() &&
      ProposesTrials(campaign.algorithm())) {
    return absl::FailedPreconditionError(
        absl::StrCat("nothing can be proposed: ", plan.note));
  }
  // In each plan's note, for one takes the place of the one before; behind it,
  // for a note begins with why nothing is proposed.
  if (const std::string small = SmallBudgetsText(campaign, past);
      !small.empty()) {
    plan.note =
        plan.note.empty() ? small : absl::StrCat(plan.note, "; ", small);
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
        "budget %s FLOPs does not pay for one step of %s, which costs %s; "
        "raise budget_flops or take a smaller shape",
        BudgetText(trial->budget_flops()), ShapeLabel(shape),
        FormatFlops(RoundedUp(flops_per_token *
                              static_cast<double>(tokens_per_step)))));
  }
  trial->set_steps(steps);
  trial->set_tokens_per_step(tokens_per_step);
  trial->set_tokens(steps * tokens_per_step);
  trial->set_parameters(CountParameters(shape).total());
  trial->set_flops_per_token(flops_per_token);
  return absl::OkStatus();
}

}  // namespace isoshape
