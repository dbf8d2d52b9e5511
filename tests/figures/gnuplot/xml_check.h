#ifndef ISOSHAPE_TESTS_FIGURES_GNUPLOT_XML_CHECK_H_
#define ISOSHAPE_TESTS_FIGURES_GNUPLOT_XML_CHECK_H_

#include <string>

#include "absl/strings/string_view.h"

namespace isoshape {

// What makes the text no well-formed XML element, or empty: tags that do not
// pair, attributes without quotes, `<` or `&` that begin nothing.
std::string XmlProblem(absl::string_view text);

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_FIGURES_GNUPLOT_XML_CHECK_H_
