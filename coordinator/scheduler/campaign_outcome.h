#ifndef ISOSHAPE_COORDINATOR_SCHEDULER_CAMPAIGN_OUTCOME_H_
#define ISOSHAPE_COORDINATOR_SCHEDULER_CAMPAIGN_OUTCOME_H_

#include <string>

#include "coordinator/scheduler/campaign_state.h"

namespace isoshape {

// What a campaign whose trials have all ended lacks of what its algorithm asked
// for, one line; empty if nothing. By budget: trials without a result that no
// other trial of the same shape and seed has, and budgets without any loss.
//
//   budget 1e10 FLOPs: 2 of 14 trials have no result (trials/3: lost 3 times)
std::string MissingResults(const CampaignState& state);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_SCHEDULER_CAMPAIGN_OUTCOME_H_
