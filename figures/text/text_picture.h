#ifndef ISOSHAPE_FIGURES_TEXT_TEXT_PICTURE_H_
#define ISOSHAPE_FIGURES_TEXT_TEXT_PICTURE_H_

#include <string>

#include "isoshape/v1/figure.pb.h"

namespace isoshape {

// The figure in characters, for terminals: points as symbols, lines in the dots
// of Braille patterns, areas as shades; title, legend and axes about them, at
// most `columns` wide. With `colors` in those of the terminal; without, the
// measured points of each colour are a letter.
std::string TextPicture(const v1::Figure& figure, int columns, bool colors);

}  // namespace isoshape

#endif  // ISOSHAPE_FIGURES_TEXT_TEXT_PICTURE_H_
