#include "common/status/field_checks.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status/status_macros.h"
#include "common/text/one_line.h"

namespace isoshape {

absl::Status CheckInteger(absl::string_view field, int64_t value, int64_t min,
                          int64_t max) {
  if (value >= min && value <= max) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      field, " ", value, " is out of range; give ", min, " to ", max));
}

absl::Status OutOfRange(absl::string_view field, double value,
                        absl::string_view remedy) {
  return absl::InvalidArgumentError(
      absl::StrFormat("%s %g is out of range; give %s", field, value, remedy));
}

absl::Status CheckPositive(absl::string_view field, double value) {
  if (std::isfinite(value) && value > 0) return absl::OkStatus();
  return OutOfRange(field, value, "a finite number above 0");
}

absl::Status CheckNotNegative(absl::string_view field, double value) {
  if (std::isfinite(value) && value >= 0) return absl::OkStatus();
  return OutOfRange(field, value, "a finite number, 0 or above");
}

absl::Status CheckAboveOne(absl::string_view field, double value) {
  if (std::isfinite(value) && value > 1) return absl::OkStatus();
  return OutOfRange(field, value, "a finite number above 1");
}

absl::Status CheckFraction(absl::string_view field, double value, double max) {
  if (value >= 0 && value <= max) return absl::OkStatus();
  return OutOfRange(field, value, absl::StrFormat("0 to %g", max));
}

absl::Status CheckLevel(double level) {
  if (level > 0 && level < 1) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrFormat("level %g is not between 0 and 1, such as 0.95", level));
}

absl::Status CheckBeta(absl::string_view field, double value) {
  if (value >= 0 && value < 1) return absl::OkStatus();
  return OutOfRange(field, value, "at least 0 and less than 1");
}

absl::Status CheckLength(absl::string_view field, absl::string_view text,
                         size_t max) {
  if (text.size() <= max) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(field, " has ", text.size(), " bytes; give at most ", max));
}

absl::Status CheckLine(absl::string_view field, absl::string_view text,
                       size_t max) {
  ISOSHAPE_RETURN_IF_ERROR(CheckLength(field, text, max));
  if (Printable(text) == text) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(field, " '", OneLine(text, 100),
                   "' has characters that cannot be seen, such as line ends "
                   "or terminal codes; leave them out"));
}

}  // namespace isoshape
