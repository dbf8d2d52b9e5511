#ifndef ISOSHAPE_REPORT_HTML_H_
#define ISOSHAPE_REPORT_HTML_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace isoshape {

// Parts of a page. Texts are escaped here and nowhere else; what is named
// `html` is taken as it is.

std::string Paragraph(absl::string_view text);
// `<section>` with a heading that the table of contents leads to.
std::string Section(absl::string_view id, absl::string_view heading,
                    const std::string& html);
std::string Subheading(absl::string_view text);
// Sentences as a list with a class, or nothing of none.
std::string Sentences(const std::vector<std::string>& sentences,
                      absl::string_view html_class);
// A table with headings; columns of numbers are told by their cells.
std::string HtmlTable(absl::string_view caption,
                      const std::vector<std::string>& headings,
                      const std::vector<std::vector<std::string>>& rows);
// Names and values.
std::string HtmlFields(
    const std::vector<std::pair<std::string, std::string>>& fields);
std::string CodeBlock(absl::string_view text);
std::string Folded(absl::string_view summary, const std::string& html);

}  // namespace isoshape

#endif  // ISOSHAPE_REPORT_HTML_H_
