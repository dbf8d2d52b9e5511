#ifndef ISOSHAPE_FIGURES_GNUPLOT_SERIES_SCRIPT_H_
#define ISOSHAPE_FIGURES_GNUPLOT_SERIES_SCRIPT_H_

#include <string>
#include <vector>

#include "figures/drawing/layout.h"
#include "figures/gnuplot/script.h"
#include "isoshape/v1/figure.pb.h"

namespace isoshape {

// The series of one panel as gnuplot's data blocks and the elements of its plot
// command.
struct PanelPlot {
  std::string blocks;                 // `$name << EOD` …
  std::vector<std::string> elements;  // `$name using … with …`
};

// `prefix` begins the names of its blocks.
PanelPlot PlotPanel(const v1::Figure& figure, const PanelLayout& panel,
                    const ScriptInks& inks, const std::string& prefix);

// gnuplot's number of a symbol.
int PointType(MarkSymbol symbol);
// `dashtype …` of a dash.
std::string DashType(LineDash dash);

}  // namespace isoshape

#endif  // ISOSHAPE_FIGURES_GNUPLOT_SERIES_SCRIPT_H_
