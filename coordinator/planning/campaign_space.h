#ifndef ISOSHAPE_COORDINATOR_PLANNING_CAMPAIGN_SPACE_H_
#define ISOSHAPE_COORDINATOR_PLANNING_CAMPAIGN_SPACE_H_

#include <cstdint>

#include "isoshape/v1/campaign.pb.h"
#include "shape/search_space.h"

namespace isoshape {

// The bounds of a stored campaign (defaults filled in), narrowed by the limits
// of a request; 0: no limit.
SearchSpace SpaceOfCampaign(const v1::Campaign& campaign,
                            int64_t max_parameters = 0,
                            int64_t max_memory_bytes = 0);

// Tokens of one step at a budget by the campaign's batch rule: recipe's
// tokens_per_step x (budget / smallest budget)^batch_exponent, in whole
// sequences, at least one.
int64_t TokensPerStepAt(const v1::Campaign& campaign, double budget_flops);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_PLANNING_CAMPAIGN_SPACE_H_
