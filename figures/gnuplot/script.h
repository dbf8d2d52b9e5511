#ifndef ISOSHAPE_FIGURES_GNUPLOT_SCRIPT_H_
#define ISOSHAPE_FIGURES_GNUPLOT_SCRIPT_H_

#include <functional>
#include <string>

#include "figures/drawing/layout.h"
#include "isoshape/v1/figure.pb.h"

namespace isoshape {

// How colours are written and how large gnuplot's terminal draws.
struct ScriptInks {
  // `#rrggbb` of a FigureColor.
  std::function<std::string(int color)> hex;
  std::string font = "sans-serif";
  const char* bold = " Bold";  // how the terminal adds it to the font
  double font_unit = 1;        // of the terminal, to a point
  double symbol_unit = 1;      // pointsize of a symbol of 3.4 points
};

// The commands that draw a figure into a terminal that is set: title and legend
// on top, then the panels, with all data in the script. Every text of the
// figure is quoted so that gnuplot draws it as it is.
std::string FigureScript(const v1::Figure& figure, const FigureLayout& layout,
                         const ScriptInks& inks);

}  // namespace isoshape

#endif  // ISOSHAPE_FIGURES_GNUPLOT_SCRIPT_H_
