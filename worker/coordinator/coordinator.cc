#include "worker/coordinator/coordinator.h"

namespace isoshape {

Verdict VerdictOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return Verdict::kDone;
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kFailedPrecondition:
      return Verdict::kFenced;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kUnimplemented:
    case absl::StatusCode::kAborted:
      return Verdict::kRefused;
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kUnauthenticated:
      return Verdict::kDenied;
    default:
      return Verdict::kRetry;
  }
}

bool IsAnswer(const absl::Status& status) {
  return VerdictOf(status) != Verdict::kRetry ||
         absl::IsResourceExhausted(status);
}

}  // namespace isoshape
