#ifndef ISOSHAPE_COORDINATOR_PLANNING_PLANNER_H_
#define ISOSHAPE_COORDINATOR_PLANNING_PLANNER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "coordinator/planning/plan_history.h"
#include "isoshape/v1/campaign.pb.h"
#include "isoshape/v1/trial.pb.h"
#include "search/interface.h"
#include "search/outlook.h"

namespace isoshape {

// The trials that a campaign's algorithm proposes next, each in every variant
// of the campaign (variants.h).
struct Plan {
  // Trials to add, without name, state and times.
  std::vector<v1::Trial> trials;
  // True if nothing will ever be proposed again.
  bool done = false;
  std::string note;  // for Campaign.planner_note
  // What the search proposes here, before variants and total_flops.
  Outlook proposed{};
  // FLOPs of the trials that it expects to propose after these, in all variants
  // and before total_flops; absent if it cannot tell.
  std::optional<double> later_flops{};
};

// All that a plan follows from, apart from the scheduler's state, so that it
// can be made on another thread.
struct PlanInput {
  v1::Campaign campaign;  // with its defaults, checked
  HistorySnapshot history{};
  int64_t trials = 0;              // that the campaign has
  double planned_flops = 0;        // of those, exact convention
  std::vector<PriorRun> priors{};  // of its priors (prior_runs.h)
};

// Asks the campaign's algorithm what to run next, given all its trials so far
// of the variant `base`, and cuts that off at total_flops. Follows from its
// argument alone. INVALID_ARGUMENT if the campaign is malformed;
// FAILED_PRECONDITION if there are no trials yet and none can be proposed by an
// algorithm that proposes some, with the reason.
absl::StatusOr<Plan> PlanTrials(const PlanInput& input);

// Drops the trials that total_flops does not pay for beside those `planned`,
// and says so. Those of one shape in all variants stay or go together.
void CutAtTotal(const v1::Campaign& campaign, double planned, Plan* plan);

// Campaign.expected_flops of a campaign whose trials so far are `planned` FLOPs
// and whose search answers with this plan, which CutAtTotal has seen.
std::optional<double> ExpectedFlops(const v1::Campaign& campaign,
                                    double planned, const Plan& plan);

// Fills the output-only figures of a trial that its shape and budget fix, of
// the campaign as its variant (AsVariant): steps, tokens_per_step, tokens,
// parameters, flops_per_token. FAILED_PRECONDITION if the budget does not pay
// for one step.
absl::Status FillTrialFigures(const v1::Campaign& campaign, v1::Trial* trial);

// Whether both train one shape at one budget with one seed in one variant.
bool IsSameRun(const v1::Trial& a, const v1::Trial& b);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_PLANNING_PLANNER_H_
