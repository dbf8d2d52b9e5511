#ifndef ISOSHAPE_MESSAGES_NAMES_RPC_PATH_H_
#define ISOSHAPE_MESSAGES_NAMES_RPC_PATH_H_

#include "absl/strings/string_view.h"

namespace isoshape {

// What the path of every method of this service begins with:
// `/isoshape.v1.CampaignService/GetTrial`. Health and reflection are others'.
inline constexpr absl::string_view kRpcPathPrefix = "/isoshape.v1.";

}  // namespace isoshape

#endif  // ISOSHAPE_MESSAGES_NAMES_RPC_PATH_H_
