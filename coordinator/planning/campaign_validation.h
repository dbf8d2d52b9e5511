#ifndef ISOSHAPE_COORDINATOR_PLANNING_CAMPAIGN_VALIDATION_H_
#define ISOSHAPE_COORDINATOR_PLANNING_CAMPAIGN_VALIDATION_H_

#include <google/protobuf/message.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "isoshape/v1/campaign.pb.h"

namespace isoshape {

// INVALID_ARGUMENT with the first field that is out of the range that
// campaign.proto states: its name, its value and the remedy in one line.
// Expects the defaults to be filled in.
absl::Status CheckCampaign(const v1::Campaign& campaign);

// INVALID_ARGUMENT if a floating-point field that is set, at any depth, is
// not finite; `path` is what the field's name is written under
// (`shape_card`).
absl::Status CheckFinite(absl::string_view path,
                         const google::protobuf::Message& message);

// INVALID_ARGUMENT if the text has more than `most` bytes.
absl::Status CheckLength(absl::string_view field, absl::string_view text,
                         size_t most);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_PLANNING_CAMPAIGN_VALIDATION_H_
