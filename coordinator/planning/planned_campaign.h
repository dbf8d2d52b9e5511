#ifndef ISOSHAPE_COORDINATOR_PLANNING_PLANNED_CAMPAIGN_H_
#define ISOSHAPE_COORDINATOR_PLANNING_PLANNED_CAMPAIGN_H_

#include "absl/status/statusor.h"
#include "coordinator/planning/planner.h"
#include "isoshape/v1/campaign.pb.h"

namespace isoshape {

// A campaign that can be created: with its defaults, checked, without name and
// times, and the trials that come first.
struct PlannedCampaign {
  v1::Campaign campaign;
  Plan plan;
};

// Prepares what a user asks for; `priors` are the runs of its priors. Errors of
// CheckCampaign and PlanTrials. Needs no state of the scheduler, so that the
// thread that everybody waits for need not do it.
absl::StatusOr<PlannedCampaign> PlanCampaign(v1::Campaign asked,
                                             std::vector<PriorRun> priors = {});

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_PLANNING_PLANNED_CAMPAIGN_H_
