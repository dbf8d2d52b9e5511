#ifndef ISOSHAPE_COORDINATOR_PLANNING_CAMPAIGN_VALIDATION_H_
#define ISOSHAPE_COORDINATOR_PLANNING_CAMPAIGN_VALIDATION_H_

#include "absl/status/status.h"
#include "isoshape/v1/campaign.pb.h"

namespace isoshape {

// INVALID_ARGUMENT with the first field that is out of the range that
// campaign.proto states: its name, its value and the remedy in one line.
// Expects the defaults to be filled in.
absl::Status CheckCampaign(const v1::Campaign& campaign);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_PLANNING_CAMPAIGN_VALIDATION_H_
