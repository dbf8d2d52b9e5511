#include "figures/drawing/axis_ticks.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/text/one_line.h"
#include "common/text/short_exponent.h"

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
  return FormatDigits(value, 4);
}

// Where the labelled ticks are; `step` between them, 0 on a log axis.
struct Places {
  std::vector<double> values = {};
  double step = 0;
};

// About `wanted` round values, 1, 2 or 5 times a power of ten apart; `whole`:
// of what is counted.
Places LinearPlaces(double min, double max, int wanted, bool whole) {
  const double rough = std::max(whole ? 1.0 : 0.0, (max - min) / wanted);
  const double power = std::pow(10, std::floor(std::log10(rough)));
  Places places;
  for (const double factor : {1.0, 2.0, 5.0, 10.0}) {
    places.step = factor * power;
    // A few more than wanted are better than half as many.
    if (places.step >= 0.8 * rough) break;
  }
  const double first = std::ceil(min / places.step - kRound);
  const double last = std::floor(max / places.step + kRound);
  for (double i = first; i <= last; ++i) {
    places.values.push_back(i * places.step);
  }
  return places;
}

// 10^power times each digit, for every `every`th power.
std::vector<double> DecadePlaces(double min, double max, int every,
                                 absl::string_view digits) {
  const auto low = static_cast<int>(std::floor(std::log10(min)));
  const auto high = static_cast<int>(std::ceil(std::log10(max)));
  std::vector<double> places;
  for (int power = low; power <= high; ++power) {
    if (power % every != 0) continue;
    for (const char digit : digits) {
      const double value = (digit - '0') * std::pow(10, power);
      if (value >= min * 0.999 && value <= max * 1.001) places.push_back(value);
    }
  }
  return places;
}

// 1, 2, 5 of a decade if there is room for them, else 1 and 3 or decades alone,
// of which some are left out if they are many; of less than a decade round
// values. Of what is counted, `whole`, 3 and 7 as well: it has few values, and
// a reader looks for one of them.
Places LogPlaces(double min, double max, int wanted, bool whole) {
  const double decades = std::log10(max / min);
  constexpr double kFewDecades = 0.7;
  constexpr size_t kFewest = 3;
  if (decades < kFewDecades) {
    // Round steps lie closer and closer on a logarithmic axis.
    Places places = LinearPlaces(min, max, wanted, whole);
    double last = 0;
    std::erase_if(places.values, [&](double value) {
      if (last > 0 && std::log10(value / last) < decades / wanted * 0.6) {
        return true;
      }
      last = value;
      return false;
    });
    return places;
  }
  const int every = std::max(1, static_cast<int>(std::ceil(decades / wanted)));
  // Decades that are left out leave no room for parts of one.
  if (every > 1) return {DecadePlaces(min, max, every, "1")};
  // The densest that there is room for, or a denser one if it shows too few.
  constexpr std::array<absl::string_view, 4> kDigits = {"1", "13", "125",
                                                        "12357"};
  // Ticks that fit into a decade if these do, by the closest two of them.
  constexpr std::array<double, 4> kRoom = {1, 2, 3, 7};
  const size_t choices = kDigits.size() - (whole ? 0 : 1);
  size_t densest = 0;
  while (densest + 1 < choices && decades * kRoom[densest + 1] <= wanted) {
    ++densest;
  }
  for (; densest < choices; ++densest) {
    Places places{DecadePlaces(min, max, 1, kDigits[densest])};
    if (whole) {
      std::erase_if(places.values, [](double value) { return value < 1; });
    }
    if (places.values.size() >= kFewest) return places;
  }
  return LinearPlaces(min, max, wanted, whole);
}

// There is no half a layer.
bool IsCounted(absl::string_view label) {
  return absl::StartsWith(label, "depth") ||
         absl::StartsWith(label, "width,") || absl::StartsWith(label, "trials");
}

void AddTicks(DrawnAxis& axis, int wanted) {
  const bool whole = IsCounted(axis.label);
  const Places places = axis.log
                            ? LogPlaces(axis.min, axis.max, wanted, whole)
                            : LinearPlaces(axis.min, axis.max, wanted, whole);
  const NumberForm form = FormOf(axis.min, axis.max, places.step);
  for (const double value : places.values) {
    axis.ticks.push_back({value, NumberText(value, form)});
  }
  constexpr double kManyDecades = 8;
  const double decades = axis.log ? std::log10(axis.max / axis.min) : 0;
  if (places.step > 0 || decades > std::min<double>(kManyDecades, wanted)) {
    return;
  }
  for (const double value : DecadePlaces(axis.min, axis.max, 1, "123456789")) {
    const bool labelled = std::any_of(
        places.values.begin(), places.values.end(),
        [&](double one) { return std::abs(one - value) <= kRound * value; });
    if (!labelled) axis.ticks.push_back({value, "", /*minor=*/true});
  }
  std::sort(
      axis.ticks.begin(), axis.ticks.end(),
      [](const AxisTick& a, const AxisTick& b) { return a.value < b.value; });
}

void AddTimeTicks(DrawnAxis& axis, int wanted) {
  constexpr double kMonth = 2592000;
  constexpr std::array<double, 20> kSteps = {
      1,    2,    5,    10,    15,    30,    60,    120,    300,    600,
      1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800, kMonth};
  const double rough = (axis.max - axis.min) / wanted;
  double step = std::ceil(rough / kMonth) * kMonth;
  for (const double one : kSteps) {
    if (one < rough) continue;
    step = one;
    break;
  }
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
  std::vector<double> places;
  for (double at = std::ceil(axis.min / step) * step; at <= axis.max;
       at += step) {
    places.push_back(at);
  }
  // Less than a step has one moment.
  if (places.empty()) places.push_back((axis.min + axis.max) / 2);
  for (const double at : places) {
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
  } else {
    AddTicks(drawn, wanted);
  }
  return drawn;
}

}  // namespace isoshape
