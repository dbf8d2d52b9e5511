#include "figures/drawing/axis_ticks.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "common/one_line.h"

namespace isoshape {
namespace {

constexpr double kRound = 1e-9;  // relative error of a value on a step

// `10¹¹` of 11.
std::string PowerOfTen(int exponent) {
  constexpr std::array<const char*, 10> kDigits = {"⁰", "¹", "²", "³", "⁴",
                                                   "⁵", "⁶", "⁷", "⁸", "⁹"};
  std::string text = exponent < 0 ? "10⁻" : "10";
  for (const char digit : absl::StrCat(std::abs(exponent))) {
    text += kDigits[static_cast<size_t>(digit - '0')];
  }
  return text;
}

// How all labels of one axis are written.
struct NumberForm {
  bool scientific = false;
  double unit = 1;
  const char* suffix = "";
  int digits = 0;  // after the point, of linear axes; -1: as many as needed
};

NumberForm FormOf(double low, double high, double step) {
  NumberForm form;
  const double top = std::max(std::abs(low), std::abs(high));
  if (top >= 1e9 || top < 1e-3) {
    form.scientific = true;
    return form;
  }
  if (top >= 1e6) {
    form.unit = 1e6;
    form.suffix = "M";
  } else if (top >= 1e4) {
    form.unit = 1e3;
    form.suffix = "k";
  }
  form.digits = step > 0
                    ? std::max(0, static_cast<int>(-std::floor(
                                      std::log10(step / form.unit) + kRound)))
                    : -1;
  return form;
}

std::string NumberText(double value, const NumberForm& form) {
  if (value == 0) return "0";
  if (form.scientific) {
    int exponent =
        static_cast<int>(std::floor(std::log10(std::abs(value)) + kRound));
    const std::string mantissa =
        absl::StrFormat("%.4g", value / std::pow(10, exponent));
    if (mantissa == "1") return PowerOfTen(exponent);
    return absl::StrCat(mantissa, "×", PowerOfTen(exponent));
  }
  if (form.digits >= 0) {
    return absl::StrFormat("%.*f%s", std::min(form.digits, 8),
                           value / form.unit, form.suffix);
  }
  // Each label of a log axis takes the unit that is next to it.
  if (value >= 1e6) return absl::StrFormat("%.4gM", value / 1e6);
  if (value >= 1e4) return absl::StrFormat("%.4gk", value / 1e3);
  return absl::StrFormat("%.4g", value);
}

// 1, 2 or 5 times a power of ten.
double NiceStep(double span, int wanted) {
  const double rough = span / std::max(1, wanted);
  const double power = std::pow(10, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (rough <= factor * power * (1 + kRound)) return factor * power;
  }
  return 10 * power;
}

void AddLinearTicks(DrawnAxis& axis, int wanted) {
  const double step = NiceStep(axis.max - axis.min, wanted);
  const NumberForm form = FormOf(axis.min, axis.max, step);
  const double first = std::ceil(axis.min / step - kRound);
  const double last = std::floor(axis.max / step + kRound);
  for (double i = first; i <= last; ++i) {
    axis.ticks.push_back({i * step, NumberText(i * step, form)});
  }
}

// Ticks at 1 to 9 times each power of ten; of them those are labelled that the
// room allows.
void AddLogTicks(DrawnAxis& axis, int wanted) {
  const double decades = std::log10(axis.max / axis.min);
  const auto low = static_cast<int>(std::floor(std::log10(axis.min)));
  const auto high = static_cast<int>(std::ceil(std::log10(axis.max)));
  // Digits that are labelled, and how many that is in a decade.
  absl::string_view labelled = "1";
  for (const absl::string_view more : {"13", "125", "12357"}) {
    if (static_cast<double>(more.size()) * decades <= wanted) labelled = more;
  }
  int every = 1;  // power of ten
  while (decades / every > wanted) ++every;
  NumberForm form = FormOf(axis.min, axis.max, 0);
  for (int power = low; power <= high; ++power) {
    for (int digit = 1; digit <= 9; ++digit) {
      const double value = digit * std::pow(10, power);
      if (value < axis.min * (1 - kRound) || value > axis.max * (1 + kRound)) {
        continue;
      }
      if (absl::StrContains(labelled, static_cast<char>('0' + digit)) &&
          power % every == 0) {
        axis.ticks.push_back({value, NumberText(value, form)});
      } else if (every == 1 && decades <= 8) {
        axis.ticks.push_back({value, "", /*minor=*/true});
      }
    }
  }
}

// Less than about a decade: round numbers, with logarithmic places.
bool FewLabels(const DrawnAxis& axis) {
  return std::count_if(axis.ticks.begin(), axis.ticks.end(),
                       [](const AxisTick& tick) { return !tick.minor; }) < 3;
}

void AddTimeTicks(DrawnAxis& axis, int wanted) {
  constexpr std::array<double, 20> kSteps = {
      1,   2,    5,    10,   15,    30,    60,    120,   300,    600,
      900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800};
  const double span = axis.max - axis.min;
  double step = kSteps.back();
  for (const double one : kSteps) {
    if (span / one <= wanted) {
      step = one;
      break;
    }
  }
  while (span / step > wanted) step *= 2;
  const absl::TimeZone utc = absl::UTCTimeZone();
  const char* form = step < 60      ? "%H:%M:%S"
                     : step < 86400 ? "%H:%M"
                                    : "%Y-%m-%d";
  const auto day = [&](double seconds) {
    return absl::FormatTime(
        "%Y-%m-%d", absl::FromUnixSeconds(static_cast<int64_t>(seconds)), utc);
  };
  const std::string first_day = day(axis.min);
  const bool one_day = day(axis.max) == first_day;
  if (step < 86400 && !one_day) form = "%d. %H:%M";
  for (double at = std::ceil(axis.min / step) * step; at <= axis.max;
       at += step) {
    axis.ticks.push_back(
        {at, absl::FormatTime(
                 form, absl::FromUnixSeconds(static_cast<int64_t>(at)), utc)});
  }
  if (step < 86400) {
    absl::StrAppend(&axis.label, axis.label.empty() ? "" : ", ", first_day,
                    one_day ? "" : " and after", " (UTC)");
  }
}

void MendLimits(DrawnAxis& axis) {
  if (!std::isfinite(axis.min)) axis.min = axis.log ? 0.1 : 0;
  if (!std::isfinite(axis.max)) axis.max = axis.min + 1;
  if (axis.min > axis.max) std::swap(axis.min, axis.max);
  if (axis.log) {
    if (!(axis.max > 0)) axis.max = 1;
    if (!(axis.min > 0)) axis.min = axis.max / 1000;
  }
  if (axis.max - axis.min <= 1e-12 * std::abs(axis.max)) {
    const double room = axis.min == 0 ? 1 : 0.05 * std::abs(axis.min);
    axis.min -= room;
    axis.max += room;
  }
}

}  // namespace

double DrawnAxis::At(double value) const {
  if (!log) return (value - min) / (max - min);
  return value > 0 ? std::log(value / min) / std::log(max / min) : NAN;
}

bool DrawnAxis::Holds(double value) const {
  const double at = At(value);
  return at >= -kRound && at <= 1 + kRound;
}

DrawnAxis DrawAxis(const v1::FigureAxis& axis, int wanted) {
  DrawnAxis drawn;
  drawn.label = OneLine(axis.label(), 200);
  if (axis.categories_size() > 0) {
    drawn.min = -0.5;
    drawn.max = axis.categories_size() - 0.5;
    for (int i = 0; i < axis.categories_size(); ++i) {
      drawn.ticks.push_back(
          {static_cast<double>(i), OneLine(axis.categories(i), 60)});
    }
    return drawn;
  }
  drawn.log = axis.log() && !axis.time();
  drawn.min = axis.min();
  drawn.max = axis.max();
  MendLimits(drawn);
  wanted = std::max(wanted, 2);
  if (axis.time()) {
    AddTimeTicks(drawn, wanted);
  } else if (drawn.log) {
    AddLogTicks(drawn, wanted);
    if (FewLabels(drawn)) {
      drawn.ticks.clear();
      AddLinearTicks(drawn, wanted);
    }
  } else {
    AddLinearTicks(drawn, wanted);
  }
  return drawn;
}

}  // namespace isoshape
