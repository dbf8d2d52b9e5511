#ifndef ISOSHAPE_FIGURES_DRAWING_THEME_H_
#define ISOSHAPE_FIGURES_DRAWING_THEME_H_

#include <string>

#include "isoshape/v1/figure.pb.h"

namespace isoshape {

// The background that a picture is drawn for.
enum class FigureTheme {
  kLight,
  kDark,
  kAuto,  // SVG alone: as the reader's system or page is
};

// The colours of a figure by what they mean; what they look like is the
// theme's. Levels of the two scales follow after kScale and kHeat.
enum FigureColor : int {
  kBackground,
  kText,
  kMuted,  // secondary text, axes
  kGrid,
  kMain,    // measured, if colours tell nothing
  kAccent,  // what is asked about, predictions
  kCheck,   // measured to check a prediction
  kBad,     // failed
  kScale,   // the ordered scale, kScaleLevels of them
  kHeat = kScale + 33,
  kColorCount = kHeat + 24,
};
inline constexpr int kScaleLevels = 33;
inline constexpr int kHeatLevels = 24;

// Place `index` of `count` ordered values on the scale, whose contrast grows
// with the index: to dark on white, to bright on black, without the end that
// could not be read there. The steps look equal and keep their order in grey
// and for the colour-blind (viridis, by van der Walt and Smith).
int ScaleColor(int index, int count);
// The colour of a value in [0, 1]: 0, the best, stands out most.
int HeatColor(double share);

// `#1f9e89`; kAuto is as kLight.
std::string ColorHex(int color, FigureTheme theme);
// The name of a colour in style sheets: `--fig-text`, `--fig-s7`.
std::string ColorVariable(int color);
// Rules that set all of them, light and dark by the reader's preference, for a
// page that holds figures of kAuto.
std::string FigureStyleSheet();

// Symbols as every renderer has them.
enum class MarkSymbol {
  kDisc,
  kCircle,
  kDiamond,
  kHollowDiamond,
  kSquare,
  kHollowSquare,
  kTriangle,
  kCross,
};
enum class LineDash { kSolid, kDashed, kDotted, kDashDot };

// The look of the marks of a role.
struct MarkStyle {
  MarkSymbol symbol = MarkSymbol::kDisc;
  double size = 1;        // of the symbol, 1: of a measured point
  double line_width = 1;  // points
  LineDash dash = LineDash::kSolid;
  double opacity = 1;  // of areas
  int color = kMain;   // if the series has none of its own
};
MarkStyle StyleOf(v1::FigureSeries::Role role);

// Of the areas of a series: bands, stripes, and cells without a colour of
// their own.
double AreaOpacity(const v1::FigureSeries& series);

// The dash of the lines of a series of `figure`: that of its role, but of lines
// of one role with several names the second and further names have others, so
// that a legend tells them apart; the same in every renderer.
LineDash DashOf(const v1::Figure& figure, const v1::FigureSeries& series);

// Whether the areas of a series are bars of a range, a few points high, and no
// cells.
bool IsBar(const v1::FigureSeries& series);

// The colour of a series of `figure`.
int SeriesColor(const v1::Figure& figure, const v1::FigureSeries& series);

}  // namespace isoshape

#endif  // ISOSHAPE_FIGURES_DRAWING_THEME_H_
