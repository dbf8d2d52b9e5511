#include "coordinator/planning/planned_campaign.h"

#include <utility>

#include "common/status/status_macros.h"
#include "coordinator/planning/campaign_defaults.h"
#include "coordinator/planning/campaign_validation.h"
#include "messages/campaign/output_only.h"

namespace isoshape {

absl::StatusOr<PlannedCampaign> PlanCampaign(v1::Campaign asked,
                                             std::vector<PriorRun> priors) {
  ClearOutputOnly(&asked);
  FillCampaignDefaults(&asked);
  ISOSHAPE_RETURN_IF_ERROR(CheckCampaign(asked));
  PlannedCampaign planned;
  ISOSHAPE_ASSIGN_OR_RETURN(
      planned.plan,
      PlanTrials({.campaign = asked, .priors = std::move(priors)}));
  planned.campaign = std::move(asked);
  return planned;
}

}  // namespace isoshape
