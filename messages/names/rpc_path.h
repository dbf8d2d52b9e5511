#ifndef ISOSHAPE_MESSAGES_NAMES_RPC_PATH_H_
#define ISOSHAPE_MESSAGES_NAMES_RPC_PATH_H_

#include <google/protobuf/descriptor.h>

#include "absl/strings/string_view.h"

namespace isoshape {

// What the path of every method of this service begins with:
// `/isoshape.v1.CampaignService/GetTrial`. Health and reflection are others'.
inline constexpr absl::string_view kRpcPathPrefix = "/isoshape.v1.";

// The method of such a path; null if there is none. A path is what a client
// sends: whoever keeps something by it keeps it by the method instead, so that
// a stranger's names are kept nowhere.
const google::protobuf::MethodDescriptor* MethodOfPath(absl::string_view path);

}  // namespace isoshape

#endif  // ISOSHAPE_MESSAGES_NAMES_RPC_PATH_H_
