#ifndef ISOSHAPE_SEARCH_TOLERANCE_H_
#define ISOSHAPE_SEARCH_TOLERANCE_H_

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"

namespace isoshape {

// A share of the loss, above 0 and at most 0.1; INVALID_ARGUMENT with the
// field, the value and the remedy if not.
inline absl::Status CheckTolerance(absl::string_view field, double tolerance) {
  constexpr double kMaxTolerance = 0.1;
  if (tolerance > 0 && tolerance <= kMaxTolerance) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrFormat(
      "%s %g is not above 0 and at most %g; it is a share of the loss, 0.002 "
      "for 0.2 %%",
      field, tolerance, kMaxTolerance));
}

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_TOLERANCE_H_
