#ifndef ISOSHAPE_COMMON_STATUS_STATUS_DETAILS_H_
#define ISOSHAPE_COMMON_STATUS_STATUS_DETAILS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace isoshape {

// The payloads of a status as google.rpc.Status in bytes (AIP-193), which is
// how gRPC carries them beside code and message: code, message, and of each
// payload a google.protobuf.Any of its URL and value. Empty if it has none.
std::string StatusDetails(const absl::Status& status);

// Sets the payloads that the details of a status hold; what is no
// google.rpc.Status, as another server may send, holds none.
void SetStatusDetails(absl::string_view details, absl::Status& status);

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_STATUS_STATUS_DETAILS_H_
