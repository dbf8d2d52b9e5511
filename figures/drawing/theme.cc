#include "figures/drawing/theme.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"

namespace isoshape {
namespace {

struct Rgb {
  double red, green, blue;
};

// Ten places of viridis.
constexpr std::array<uint32_t, 10> kViridis = {
    0x440154, 0x482878, 0x3e4989, 0x31688e, 0x26828e,
    0x1f9e89, 0x35b779, 0x6ece58, 0xb5de2b, 0xfde725};

std::string Viridis(double at) {
  const double place = std::clamp(at, 0.0, 1.0) * (kViridis.size() - 1);
  const auto left =
      std::min<size_t>(static_cast<size_t>(place), kViridis.size() - 2);
  const double share = place - static_cast<double>(left);
  uint32_t mixed = 0;
  for (const int shift : {16, 8, 0}) {
    const double a = (kViridis[left] >> shift) & 0xff;
    const double b = (kViridis[left + 1] >> shift) & 0xff;
    mixed |= static_cast<uint32_t>(std::lround(a + (b - a) * share)) << shift;
  }
  return absl::StrFormat("#%06x", mixed);
}

// The part of viridis that can be read on each ground.
constexpr double kLightScale[2] = {0.68, 0.0};
constexpr double kDarkScale[2] = {0.36, 1};

constexpr std::array<const char*, kScale> kNames = {
    "bg", "text", "muted", "grid", "main", "accent", "check", "bad"};
constexpr std::array<const char*, kScale> kLight = {
    "#ffffff", "#1b1f24", "#57606a", "#e4e7eb",
    "#0b62b8", "#c2410c", "#7a3db8", "#cf222e"};
constexpr std::array<const char*, kScale> kDark = {
    "#0f1318", "#e6e9ed", "#9aa4af", "#2a3038",
    "#6cb6ff", "#fb923c", "#c9a2ff", "#ff7b72"};

// The look of each role. Any other, such as MEASURED, has kOtherStyle.
struct RoleStyle {
  v1::FigureSeries::Role role;
  MarkStyle style;
};
constexpr MarkStyle kOtherStyle = {.opacity = 0.25};
constexpr RoleStyle kStyles[] = {
    {v1::FigureSeries::FIT,
     {.line_width = 1.6, .opacity = 0.5, .color = kText}},
    {v1::FigureSeries::UNCERTAINTY,
     {.line_width = 0.8, .opacity = 0.16, .color = kText}},
    {v1::FigureSeries::OPTIMUM,
     {.symbol = MarkSymbol::kDiamond, .size = 1.9, .line_width = 1.3}},
    {v1::FigureSeries::EDGE,
     {.symbol = MarkSymbol::kHollowDiamond, .size = 1.9, .line_width = 1.3}},
    {v1::FigureSeries::SAMPLED,
     {.line_width = 1, .opacity = 0.10, .color = kMuted}},
    {v1::FigureSeries::TARGET,
     {.symbol = MarkSymbol::kDiamond,
      .size = 1.6,
      .line_width = 1.2,
      .dash = LineDash::kDashed,
      .opacity = 0.15,
      .color = kAccent}},
    {v1::FigureSeries::REFERENCE,
     {.symbol = MarkSymbol::kHollowSquare,
      .size = 1.2,
      .line_width = 1,
      .dash = LineDash::kDotted,
      .opacity = 0.10,
      .color = kMuted}},
    {v1::FigureSeries::NOISE,
     {.line_width = 0.8, .opacity = 0.14, .color = kMuted}},
    {v1::FigureSeries::PREDICTED,
     {.symbol = MarkSymbol::kSquare,
      .size = 1.5,
      .line_width = 1.3,
      .opacity = 0.16,
      .color = kAccent}},
    {v1::FigureSeries::VERIFICATION,
     {.symbol = MarkSymbol::kTriangle,
      .size = 1.7,
      .line_width = 1.2,
      .color = kCheck}},
    {v1::FigureSeries::FAILED,
     {.symbol = MarkSymbol::kCross,
      .size = 1.3,
      .line_width = 1.3,
      .color = kBad}},
    {v1::FigureSeries::INFEASIBLE,
     {.symbol = MarkSymbol::kCross,
      .line_width = 0.8,
      .opacity = 0.12,
      .color = kMuted}},
    {v1::FigureSeries::HELD_OUT,
     {.symbol = MarkSymbol::kCircle, .size = 1.3, .line_width = 1.1}},
    {v1::FigureSeries::FRONT, {.size = 1.3, .line_width = 1.6}},
    {v1::FigureSeries::DOMINATED,
     {.size = 0.8, .line_width = 0.8, .color = kMuted}},
};

bool IsLine(v1::FigureSeries::Mark mark) {
  return mark == v1::FigureSeries::LINE || mark == v1::FigureSeries::RULE_X ||
         mark == v1::FigureSeries::RULE_Y;
}

}  // namespace

int ScaleColor(int index, int count) {
  if (count <= 1) return kScale;
  const double share =
      static_cast<double>(std::clamp(index, 0, count - 1)) / (count - 1);
  return kScale + static_cast<int>(std::lround(share * (kScaleLevels - 1)));
}

int HeatColor(double share) {
  if (!(share >= 0)) share = 0;
  return kHeat + static_cast<int>(
                     std::lround(std::min(share, 1.0) * (kHeatLevels - 1)));
}

std::string ColorHex(int color, FigureTheme theme) {
  const bool dark = theme == FigureTheme::kDark;
  if (color < kScale) {
    return (dark ? kDark : kLight)[static_cast<size_t>(color)];
  }
  if (color < kHeat) {
    const double share =
        static_cast<double>(color - kScale) / (kScaleLevels - 1);
    const double* range = dark ? kDarkScale : kLightScale;
    return Viridis(range[0] + (range[1] - range[0]) * share);
  }
  const double share = static_cast<double>(color - kHeat) / (kHeatLevels - 1);
  return Viridis(dark ? 0.97 - 0.8 * share : 0.03 + 0.94 * share);
}

std::string ColorVariable(int color) {
  if (color < kScale) {
    return absl::StrCat("--fig-", kNames[static_cast<size_t>(color)]);
  }
  if (color < kHeat) return absl::StrCat("--fig-s", color - kScale);
  return absl::StrCat("--fig-h", color - kHeat);
}

std::string FigureStyleSheet() {
  std::string light, dark;
  for (int color = 0; color < kColorCount; ++color) {
    absl::StrAppend(&light, ColorVariable(color), ":",
                    ColorHex(color, FigureTheme::kLight), ";");
    absl::StrAppend(&dark, ColorVariable(color), ":",
                    ColorHex(color, FigureTheme::kDark), ";");
  }
  return absl::StrCat(":root{", light,
                      "}@media screen and (prefers-color-scheme:dark){:root{",
                      dark, "}}");
}

MarkStyle StyleOf(v1::FigureSeries::Role role) {
  for (const RoleStyle& one : kStyles) {
    if (one.role == role) return one.style;
  }
  return kOtherStyle;
}

LineDash DashOf(const v1::Figure& figure, const v1::FigureSeries& series) {
  const LineDash own = StyleOf(series.role()).dash;
  std::vector<absl::string_view> names;  // of the role, in order of drawing
  for (const v1::FigurePanel& panel : figure.panels()) {
    for (const v1::FigureSeries& other : panel.series()) {
      if (other.role() != series.role() || !IsLine(other.mark())) continue;
      const absl::string_view name(other.name().data(), other.name().size());
      if (std::find(names.begin(), names.end(), name) == names.end()) {
        names.push_back(name);
      }
    }
  }
  const absl::string_view name(series.name().data(), series.name().size());
  const auto place =
      std::find(names.begin(), names.end(), name) - names.begin();
  if (place == 0) return own;
  return place % 2 == 1 || own == LineDash::kDashed ? LineDash::kDashDot
                                                    : LineDash::kDashed;
}

bool IsBar(const v1::FigureSeries& series) {
  return series.role() == v1::FigureSeries::SAMPLED &&
         series.mark() == v1::FigureSeries::CELLS;
}

double AreaOpacity(const v1::FigureSeries& series) {
  // Bars are small; stripes are as large as the panel.
  constexpr double kBar = 0.5;
  return IsBar(series) ? kBar : StyleOf(series.role()).opacity;
}

int SeriesColor(const v1::Figure& figure, const v1::FigureSeries& series) {
  if (!series.has_color()) return StyleOf(series.role()).color;
  return ScaleColor(series.color(), figure.color_values_size());
}

}  // namespace isoshape
