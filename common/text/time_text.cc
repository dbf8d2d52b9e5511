#include "common/text/time_text.h"

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/text/one_line.h"

namespace isoshape {

std::string UtcText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", time, absl::UTCTimeZone());
}

std::string LocalText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S%Ez", time, absl::LocalTimeZone());
}

std::string LocalClockText(absl::Time time) {
  return absl::FormatTime("%H:%M:%S%Ez", time, absl::LocalTimeZone());
}

std::string WholeSeconds(absl::Duration duration) {
  return duration < absl::Seconds(1)
             ? "less than 1s"
             : absl::FormatDuration(absl::Trunc(duration, absl::Seconds(1)));
}

std::string WrittenDuration(absl::Duration duration) {
  constexpr absl::Duration kDay = absl::Hours(24);
  absl::Duration rest;
  const int64_t days = absl::IDivDuration(duration, kDay, &rest);
  return days != 0 && rest == absl::ZeroDuration()
             ? absl::StrCat(days, "d")
             : absl::FormatDuration(duration);
}

absl::StatusOr<absl::Duration> ReadDuration(absl::string_view text) {
  absl::Duration duration = absl::ZeroDuration();
  double number = 0;
  // Days, which Abseil leaves out as they differ.
  absl::string_view days = text;
  if (absl::ConsumeSuffix(&days, "d") && absl::SimpleAtod(days, &number)) {
    duration = number * absl::Hours(24);
  } else if (!absl::ParseDuration(text, &duration)) {
    duration = absl::ZeroDuration();
  }
  if (duration > absl::ZeroDuration() && duration < absl::InfiniteDuration()) {
    return duration;
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "'", OneLine(text),
      "' is not a duration above 0, such as 90s, 10m, 2h30m or 30d",
      absl::SimpleAtod(text, &number) && number > 0 ? "; its unit is missing"
                                                    : ""));
}

}  // namespace isoshape
