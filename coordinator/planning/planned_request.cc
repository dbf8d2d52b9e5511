#include "coordinator/planning/planned_request.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
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
  const v1::Campaign& campaign = planned.campaign;
  std::vector<std::string> notes;
  if (request.validate_only()) {
    ISOSHAPE_ASSIGN_OR_RETURN(
        const Outlook outlook,
        ExpectOfAlgorithm(campaign.algorithm(), ProblemOf(campaign),
                          planned.plan.proposed));
    notes.push_back(OutlookText(campaign, outlook));
  }
  notes.push_back(std::move(planned.plan.note));
  std::erase(notes, "");
  planned.plan.note = absl::StrJoin(notes, "; ");
  return planned;
}

}  // namespace isoshape
