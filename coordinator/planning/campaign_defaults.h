#ifndef ISOSHAPE_COORDINATOR_PLANNING_CAMPAIGN_DEFAULTS_H_
#define ISOSHAPE_COORDINATOR_PLANNING_CAMPAIGN_DEFAULTS_H_

#include "isoshape/v1/campaign.pb.h"

namespace isoshape {

// Campaign.max_lost_machines if it is not set, also of campaigns that were
// stored before there was such a field.
inline constexpr int kMaxLostMachines = 20;

// Fills every field that is not set with the default that campaign.proto
// states, so that a stored campaign says all that it stands for. Checks
// nothing: a value that is out of range stays as it is.
void FillCampaignDefaults(v1::Campaign* campaign);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_PLANNING_CAMPAIGN_DEFAULTS_H_
