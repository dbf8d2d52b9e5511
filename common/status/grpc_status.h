#ifndef ISOSHAPE_COMMON_STATUS_GRPC_STATUS_H_
#define ISOSHAPE_COMMON_STATUS_GRPC_STATUS_H_

#include <grpcpp/support/status.h>

#include <string>

#include "absl/status/status.h"
#include "common/status/status_details.h"

namespace isoshape {

// The codes of absl::Status and grpc::Status are the same numbers; payloads are
// details (status_details.h).
inline grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()),
                      std::string(status.message()), StatusDetails(status));
}

inline absl::Status FromGrpcStatus(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  absl::Status made(static_cast<absl::StatusCode>(status.error_code()),
                    status.error_message());
  SetStatusDetails(status.error_details(), made);
  return made;
}

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_STATUS_GRPC_STATUS_H_
