#include "cli/output/format.h"

#include <cmath>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/text/interval_text.h"

namespace isoshape {

std::string DurationText(absl::Duration duration) {
  if (duration == absl::InfiniteDuration()) return "-";
  const int64_t seconds = absl::ToInt64Seconds(duration);
  if (seconds < 60) return absl::StrFormat("%ds", seconds);
  if (seconds < 3600) {
    return absl::StrFormat("%dm%02ds", seconds / 60, seconds % 60);
  }
  if (seconds < 86400) {
    return absl::StrFormat("%dh%02dm", seconds / 3600, seconds % 3600 / 60);
  }
  constexpr int64_t kYear = 365 * int64_t{86400};
  if (seconds >= 1000 * kYear) return "more than 1,000 years";
  if (seconds >= 2 * kYear) return absl::StrFormat("%d years", seconds / kYear);
  return absl::StrFormat("%dd%02dh", seconds / 86400, seconds % 86400 / 3600);
}

std::string FormatEstimate(const v1::Estimate& estimate,
                           const std::function<std::string(double)>& format) {
  const std::string value = format(estimate.value());
  if (!estimate.has_lower() && !estimate.has_upper()) {
    // Without a method no interval was asked for.
    return estimate.method().empty() ? value
                                     : absl::StrCat(value, " [not identified]");
  }
  std::optional<double> lower;
  std::optional<double> upper;
  if (estimate.has_lower()) lower = estimate.lower();
  if (estimate.has_upper()) upper = estimate.upper();
  return absl::StrFormat("%s %s (%g %%)", value,
                         IntervalText(lower, upper, format),
                         std::round(estimate.level() * 1e4) / 100);
}

}  // namespace isoshape
