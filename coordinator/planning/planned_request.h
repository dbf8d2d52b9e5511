#ifndef ISOSHAPE_COORDINATOR_PLANNING_PLANNED_REQUEST_H_
#define ISOSHAPE_COORDINATOR_PLANNING_PLANNED_REQUEST_H_

#include "absl/status/statusor.h"
#include "coordinator/planning/planned_campaign.h"
#include "isoshape/v1/campaign_service.pb.h"

namespace isoshape {

// PlanCampaign of a request, with the runs of its priors. The plan's note
// begins with what the campaign would train in all, if nothing is to be stored.
absl::StatusOr<PlannedCampaign> PlanRequest(
    const v1::CreateCampaignRequest& request,
    std::vector<PriorRun> priors = {});

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_PLANNING_PLANNED_REQUEST_H_
