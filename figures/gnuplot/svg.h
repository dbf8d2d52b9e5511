#ifndef ISOSHAPE_FIGURES_GNUPLOT_SVG_H_
#define ISOSHAPE_FIGURES_GNUPLOT_SVG_H_

#include <functional>
#include <string>

#include "absl/strings/string_view.h"
#include "isoshape/v1/figure.pb.h"

namespace isoshape {

// gnuplot's SVG made small and safe to put into a page: one path for all marks
// that look alike instead of an element each, no ids, no style attributes
// (which a content security policy forbids), text as text, and the figure's
// title and sentence for who cannot see it. `ink` turns a colour as gnuplot
// wrote it
// (`#rrggbb`) into what is written.
std::string SlimSvg(absl::string_view gnuplot_svg, const v1::Figure& figure,
                    const std::function<std::string(const std::string&)>& ink);

// A text in XML and HTML, in elements and in attributes in double quotes.
std::string XmlText(absl::string_view text);

}  // namespace isoshape

#endif  // ISOSHAPE_FIGURES_GNUPLOT_SVG_H_
