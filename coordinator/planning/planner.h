#ifndef ISOSHAPE_COORDINATOR_PLANNING_PLANNER_H_
#define ISOSHAPE_COORDINATOR_PLANNING_PLANNER_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "isoshape/v1/campaign.pb.h"
#include "isoshape/v1/trial.pb.h"

namespace isoshape {

// The trials that a campaign's algorithm proposes next.
struct Plan {
  // Trials to add, without name, state and times.
  std::vector<v1::Trial> trials;
  // True if nothing will ever be proposed again.
  bool done = false;
  std::string note;  // for Campaign.planner_note
};

// Asks the campaign's algorithm what to run next, given all its trials so far,
// and cuts that off at total_flops. Follows from its arguments alone.
// INVALID_ARGUMENT if the campaign is malformed; FAILED_PRECONDITION if
// there are no trials yet and none can be proposed, with the reason.
absl::StatusOr<Plan> PlanTrials(const v1::Campaign& campaign,
                                const std::vector<const v1::Trial*>& trials);

// Fills the output-only figures of a trial that its shape and budget fix:
// steps, tokens_per_step, tokens, parameters, flops_per_token.
// FAILED_PRECONDITION if the budget does not pay for one step.
absl::Status FillTrialFigures(const v1::Campaign& campaign, v1::Trial* trial);

// Training FLOPs that a trial is to spend with its branches, exact convention.
double PlannedFlops(const v1::Trial& trial);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_PLANNING_PLANNER_H_
