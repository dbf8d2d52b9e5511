#ifndef ISOSHAPE_FIGURES_PARTS_FIGURE_KIND_H_
#define ISOSHAPE_FIGURES_PARTS_FIGURE_KIND_H_

#include <string>
#include <vector>

#include "isoshape/v1/figure.pb.h"

namespace isoshape {

// `isoflop`, `trends`, …: as in JSON and on the command line.
std::string FigureKindName(v1::Figure::Kind kind);
std::vector<std::string> FigureKindNames();

}  // namespace isoshape

#endif  // ISOSHAPE_FIGURES_PARTS_FIGURE_KIND_H_
