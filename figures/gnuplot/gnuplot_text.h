#ifndef ISOSHAPE_FIGURES_GNUPLOT_GNUPLOT_TEXT_H_
#define ISOSHAPE_FIGURES_GNUPLOT_GNUPLOT_TEXT_H_

#include <string>

#include "absl/strings/string_view.h"

namespace isoshape {

// A text as a string of gnuplot's language. In single quotes nothing is
// replaced: neither backquotes, which run a shell in double quotes, nor macros
// nor escapes. What the terminal does not print is made harmless (OneLine).
std::string GnuplotQuoted(absl::string_view text);
// A number, with more digits than usual if the axis that it lies on spans
// little beside its values, as one of seconds since 1970 does.
std::string GnuplotNumber(double value, int digits, double low, double high);
// The label of a tick, which gnuplot takes for the format of a number.
std::string GnuplotTickText(absl::string_view text);

}  // namespace isoshape

#endif  // ISOSHAPE_FIGURES_GNUPLOT_GNUPLOT_TEXT_H_
