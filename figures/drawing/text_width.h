#ifndef ISOSHAPE_FIGURES_DRAWING_TEXT_WIDTH_H_
#define ISOSHAPE_FIGURES_DRAWING_TEXT_WIDTH_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace isoshape {

// About how wide a text is in a sans-serif font, in its size (em). Rather too
// wide than too narrow: who reads a picture may have another font than who
// drew it.
double TextWidth(absl::string_view text);

// The text in lines of at most `width` em, broken at spaces; a word that is
// longer has a line of its own.
std::vector<std::string> WrapText(absl::string_view text, double width);

// The text, or so much of it as `width` em hold, with an ellipsis.
std::string ShortenText(absl::string_view text, double width);

}  // namespace isoshape

#endif  // ISOSHAPE_FIGURES_DRAWING_TEXT_WIDTH_H_
