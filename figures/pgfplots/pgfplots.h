#ifndef ISOSHAPE_FIGURES_PGFPLOTS_PGFPLOTS_H_
#define ISOSHAPE_FIGURES_PGFPLOTS_PGFPLOTS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "figures/drawing/layout.h"
#include "figures/drawing/theme.h"
#include "isoshape/v1/figure.pb.h"

namespace isoshape {

// The figure as a `tikzpicture` for \input into a paper that uses the package
// pgfplots: axes and marks as \addplot with their numbers, so that a reader can
// restyle them, in the fonts of the paper.
std::string PgfplotsFigure(const v1::Figure& figure, const FigureLayout& layout,
                           FigureTheme theme);

// A text in TeX: what TeX would take for a command is made text, signs and
// superscripts become math.
std::string TexText(absl::string_view text);

}  // namespace isoshape

#endif  // ISOSHAPE_FIGURES_PGFPLOTS_PGFPLOTS_H_
