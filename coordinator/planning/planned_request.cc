#include "coordinator/planning/planned_request.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"
#include "coordinator/planning/outlook_text.h"
#include "coordinator/planning/search_problem.h"
#include "search/registry.h"

namespace isoshape {

absl::StatusOr<PlannedCampaign> PlanRequest(
    const v1::CreateCampaignRequest& request, std::vector<PriorRun> priors) {
  ISOSHAPE_ASSIGN_OR_RETURN(
      PlannedCampaign planned,
      PlanCampaign(request.campaign(), std::move(priors)));
  if (!request.validate_only()) return planned;
  const v1::Campaign& campaign = planned.campaign;
  ISOSHAPE_ASSIGN_OR_RETURN(
      const Outlook outlook,
      ExpectOfAlgorithm(campaign.algorithm(), ProblemOf(campaign),
                        planned.plan.proposed));
  const std::string text = OutlookText(campaign, outlook);
  if (!text.empty()) {
    planned.plan.note = absl::StrCat(text, "; ", planned.plan.note);
  }
  return planned;
}

}  // namespace isoshape
