#ifndef ISOSHAPE_FIGURES_GNUPLOT_RENDER_FIGURE_H_
#define ISOSHAPE_FIGURES_GNUPLOT_RENDER_FIGURE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "figures/drawing/theme.h"
#include "isoshape/v1/figure.pb.h"

namespace isoshape {

// The file format that a figure is written in. All but svg, pdf and png are
// made without gnuplot.
enum class FigureFormat {
  kSvg,
  kPdf,
  kPng,
  kTex,   // pgfplots, for \input into a paper
  kGp,    // gnuplot's script with the data in it
  kCsv,   // every mark that is drawn
  kJson,  // the Figure message
  kText,  // characters
};

struct RenderOptions {
  FigureFormat format = FigureFormat::kSvg;
  double width_mm = 160;  // 40..1000; of kText see columns
  FigureTheme theme = FigureTheme::kLight;
  int columns = 100;    // of kText
  bool colors = false;  // of kText: for terminals that show them
};

// `svg` and so on, in the order of the enum.
const std::vector<std::string>& FigureFormatNames();
std::optional<FigureFormat> FindFigureFormat(absl::string_view name);
// `image/svg+xml`.
std::string FigureContentType(FigureFormat format);

// Draws a figure. It runs gnuplot as a child process if the format needs it: in
// a moment, 30 s at most. UNAVAILABLE if there is no gnuplot, in one sentence
// with how to get it; INVALID_ARGUMENT if the width is out of range or the
// theme is kAuto and the format is not svg; other errors as of RunGnuplot.
//
//   auto svg = RenderFigure(figure, {.theme = FigureTheme::kDark});
absl::StatusOr<std::string> RenderFigure(const v1::Figure& figure,
                                         const RenderOptions& options);

// Every mark as a row: panel, series, mark, role, colour, coordinates, trial,
// label.
std::string FigureCsv(const v1::Figure& figure);

}  // namespace isoshape

#endif  // ISOSHAPE_FIGURES_GNUPLOT_RENDER_FIGURE_H_
