#ifndef ISOSHAPE_MESSAGES_CAMPAIGN_CAMPAIGN_SPACE_H_
#define ISOSHAPE_MESSAGES_CAMPAIGN_CAMPAIGN_SPACE_H_

#include <cstdint>

#include "isoshape/v1/campaign.pb.h"
#include "shape/search_space.h"

namespace isoshape {

// The bounds of a stored campaign (defaults filled in), narrowed by the limits
// of a request; 0: no limit.
SearchSpace SpaceOfCampaign(const v1::Campaign& campaign,
                            int64_t max_parameters = 0,
                            int64_t max_memory_bytes = 0);

// The compute that is predicted for where none is named, as a multiple of the
// largest budget.
inline constexpr double kDefaultReach = 3;

// That of a campaign, FLOPs; 0 if it has no budgets yet.
double DefaultTarget(const v1::Campaign& campaign);

}  // namespace isoshape

#endif  // ISOSHAPE_MESSAGES_CAMPAIGN_CAMPAIGN_SPACE_H_
