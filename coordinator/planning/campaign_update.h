#ifndef ISOSHAPE_COORDINATOR_PLANNING_CAMPAIGN_UPDATE_H_
#define ISOSHAPE_COORDINATOR_PLANNING_CAMPAIGN_UPDATE_H_

#include <google/protobuf/field_mask.pb.h>

#include <string>

#include "absl/status/statusor.h"
#include "isoshape/v1/campaign.pb.h"

namespace isoshape {

// A campaign with some fields changed (CampaignService.UpdateCampaign).
struct CampaignUpdate {
  v1::Campaign campaign;
  // Whether the algorithm may have more to propose by it.
  bool asks_for_more = false;
  std::string message;  // one line: what changed
};

// `current` with the fields of `mask` as in `wanted`; a target that is three
// times the largest budget goes with the budgets. `planned_flops` are those of
// the trials so far. INVALID_ARGUMENT if the mask is empty or names a field
// that cannot be changed, if a field asks for less than what there is, or if
// the result is no valid campaign.
absl::StatusOr<CampaignUpdate> UpdatedCampaign(
    const v1::Campaign& current, const v1::Campaign& wanted,
    const google::protobuf::FieldMask& mask, double planned_flops);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_PLANNING_CAMPAIGN_UPDATE_H_
