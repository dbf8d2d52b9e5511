#include "common/text/format_number.h"

#include <cmath>
#include <cstdlib>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/text/short_exponent.h"

namespace isoshape {
namespace {

// Three significant digits without an exponent, for 0.1 <= |value| < 1000.
std::string ThreeDigits(double value) {
  const double magnitude = std::abs(value);
  std::string text = magnitude < 9.995   ? absl::StrFormat("%.2f", value)
                     : magnitude < 99.95 ? absl::StrFormat("%.1f", value)
                                         : absl::StrFormat("%.0f", value);
  if (absl::StrContains(text, '.')) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
  }
  return text;
}

}  // namespace

std::string FormatCount(double count) {
  if (!std::isfinite(count)) return "-";
  const double magnitude = std::abs(count);
  if (magnitude < 999.5) {
    return magnitude >= 0.1 || magnitude == 0 ? ThreeDigits(count)
                                              : FormatDigits(count, 3);
  }
  double scale = 1e3;
  for (const char* unit : {"k", "M", "B", "T"}) {
    // 999.5 and above would be rounded to 1000.
    if (magnitude < 999.5 * scale) {
      return absl::StrCat(ThreeDigits(count / scale), unit);
    }
    scale *= 1e3;
  }
  return FormatDigits(count, 3);
}

std::string FormatInteger(int64_t number) {
  const std::string digits = absl::StrCat(number);
  const size_t first = number < 0 ? 1 : 0;
  std::string text;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > first && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

std::string FormatFlops(double flops) {
  return std::isfinite(flops) ? FormatDigits(flops, 3) : "-";
}

std::string FormatBytes(double bytes) {
  if (!std::isfinite(bytes)) return "-";
  const char* unit = "B";
  for (const char* larger : {"KiB", "MiB", "GiB", "TiB"}) {
    if (std::abs(bytes) < 999.5) break;
    bytes /= 1024;
    unit = larger;
  }
  return absl::StrFormat("%s %s", ThreeDigits(bytes), unit);
}

std::string FormatSeconds(double seconds) {
  if (!std::isfinite(seconds)) return "-";
  return std::abs(seconds) < 0.9995 ? absl::StrFormat("%.3g ms", 1e3 * seconds)
                                    : absl::StrFormat("%.3g s", seconds);
}

std::string FormatLoss(double loss) {
  return std::isfinite(loss) ? absl::StrFormat("%.4f", loss) : "-";
}

std::string FormatRatio(double ratio) {
  return std::isfinite(ratio) ? FormatDigits(ratio, 3) : "-";
}

std::string FormatPercent(double share) {
  return std::isfinite(share) ? absl::StrFormat("%.3g %%", 100 * share) : "-";
}

}  // namespace isoshape
