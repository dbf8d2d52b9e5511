#ifndef ISOSHAPE_MESSAGES_SHAPE_SHAPE_LIMITS_H_
#define ISOSHAPE_MESSAGES_SHAPE_SHAPE_LIMITS_H_

#include <cmath>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"

namespace isoshape {

// Limits on the shapes of an answer, those of ListBestShapesRequest and
// PredictShapeRequest. INVALID_ARGUMENT if one is out of range.
template <typename Request>
absl::Status CheckLimits(const Request& request) {
  if (request.max_parameters() < 0) {
    return absl::InvalidArgumentError(
        absl::StrFormat("max_parameters %d is negative; 0 stands for no limit",
                        request.max_parameters()));
  }
  if (request.max_memory_bytes() < 0) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "max_memory_bytes %d is negative; 0 stands for no limit",
        request.max_memory_bytes()));
  }
  if (!(std::isfinite(request.max_decode_seconds()) &&
        request.max_decode_seconds() >= 0)) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "max_decode_seconds %g is not a finite number >= 0; 0 stands for no "
        "limit",
        request.max_decode_seconds()));
  }
  return absl::OkStatus();
}

// Returns true if the request has any such limit.
template <typename Request>
bool HasLimits(const Request& request) {
  return request.max_parameters() > 0 || request.max_memory_bytes() > 0 ||
         request.max_decode_seconds() > 0;
}

}  // namespace isoshape

#endif  // ISOSHAPE_MESSAGES_SHAPE_SHAPE_LIMITS_H_
