#include "coordinator/planning/planned_campaign.h"

#include <utility>

#include "common/status_macros.h"
#include "coordinator/planning/campaign_defaults.h"
#include "coordinator/planning/campaign_validation.h"

namespace isoshape {

absl::StatusOr<PlannedCampaign> PlanCampaign(v1::Campaign asked) {
  asked.clear_name();
  asked.clear_trial_counts();
  asked.clear_planner_note();
  asked.clear_end_time();
  asked.clear_data_fingerprint();
  asked.clear_missing();
  asked.clear_waiting();
  asked.clear_set_aside();
  FillCampaignDefaults(&asked);
  ISOSHAPE_RETURN_IF_ERROR(CheckCampaign(asked));
  PlannedCampaign planned;
  ISOSHAPE_ASSIGN_OR_RETURN(planned.plan, PlanTrials({.campaign = asked}));
  planned.campaign = std::move(asked);
  return planned;
}

}  // namespace isoshape
