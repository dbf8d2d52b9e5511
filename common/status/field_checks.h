#ifndef ISOSHAPE_COMMON_STATUS_FIELD_CHECKS_H_
#define ISOSHAPE_COMMON_STATUS_FIELD_CHECKS_H_

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace isoshape {

// Checks of a value that a request or a file gives: OK, or INVALID_ARGUMENT
// with the field's name, the value and the remedy in one line
// (`recipe.beta1 1 is out of range; give at least 0 and less than 1`).

absl::Status CheckInteger(absl::string_view field, int64_t value, int64_t min,
                          int64_t max);

// The error of the checks below.
absl::Status OutOfRange(absl::string_view field, double value,
                        absl::string_view remedy);

// Finite and > 0.
absl::Status CheckPositive(absl::string_view field, double value);
// Finite and >= 0.
absl::Status CheckNotNegative(absl::string_view field, double value);
// Finite and > 1.
absl::Status CheckAboveOne(absl::string_view field, double value);
// From 0 to `max`.
absl::Status CheckFraction(absl::string_view field, double value, double max);
// Of intervals: above 0 and below 1.
absl::Status CheckLevel(double level);
// From 0 to below 1.
absl::Status CheckBeta(absl::string_view field, double value);

// At most `max` bytes.
absl::Status CheckLength(absl::string_view field, absl::string_view text,
                         size_t max);
// Also without control characters and others that cannot be seen: what people
// name things by is printed by terminals, pages and logs.
absl::Status CheckLine(absl::string_view field, absl::string_view text,
                       size_t max);

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_STATUS_FIELD_CHECKS_H_
