#ifndef ISOSHAPE_COMMON_TEXT_TIME_TEXT_H_
#define ISOSHAPE_COMMON_TEXT_TIME_TEXT_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace isoshape {

// A moment as files and programs read it, RFC 3339 in UTC to the second:
// `2026-11-29T01:20:03Z`.
std::string UtcText(absl::Time time);

// A moment as people read it, by the clock of this machine and with what that
// is ahead of UTC: `2026-11-29 02:20:03+01:00`, or the time of the day alone,
// `02:20:03+01:00`.
std::string LocalText(absl::Time time);
std::string LocalClockText(absl::Time time);

// How long something took, in whole seconds: `2m7s`; `less than 1s`.
std::string WholeSeconds(absl::Duration duration);

// A duration as ReadDuration takes it: `2h30m`, and `30d` if it is whole days.
std::string WrittenDuration(absl::Duration duration);

// A duration above 0 as people write it: `90s`, `2h30m`, `30d`.
// INVALID_ARGUMENT if it is none: `'5' is not a duration above 0, such as …;
// its unit is missing`.
absl::StatusOr<absl::Duration> ReadDuration(absl::string_view text);

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_TEXT_TIME_TEXT_H_
