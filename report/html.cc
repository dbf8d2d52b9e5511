#include "report/html.h"

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "figures/gnuplot/svg.h"

namespace isoshape {
namespace {

// Cells that begin with a number, or say that there is none.
bool IsNumber(absl::string_view cell) {
  if (cell == "-" || cell.empty()) return true;
  const unsigned char first = static_cast<unsigned char>(
      cell[0] == '-' && cell.size() > 1 ? cell[1] : cell[0]);
  return absl::ascii_isdigit(first) && cell.find('x') == cell.npos;
}

}  // namespace

std::string Paragraph(absl::string_view text) {
  return text.empty() ? "" : absl::StrCat("<p>", XmlText(text), "</p>\n");
}

std::string Section(absl::string_view id, absl::string_view heading,
                    const std::string& html) {
  return absl::StrCat("<section id=\"", XmlText(id), "\"><h2>",
                      XmlText(heading), "</h2>\n", html, "</section>\n");
}

std::string Subheading(absl::string_view text) {
  return absl::StrCat("<h3>", XmlText(text), "</h3>\n");
}

std::string Sentences(const std::vector<std::string>& sentences,
                      absl::string_view html_class) {
  if (sentences.empty()) return "";
  std::string out = absl::StrCat("<ul class=\"", html_class, "\">\n");
  for (const std::string& sentence : sentences) {
    absl::StrAppend(&out, "<li>", XmlText(sentence), "</li>\n");
  }
  return out + "</ul>\n";
}

std::string HtmlTable(absl::string_view caption,
                      const std::vector<std::string>& headings,
                      const std::vector<std::vector<std::string>>& rows) {
  std::vector<bool> number(headings.size(), true);
  for (const auto& row : rows) {
    for (size_t i = 0; i < row.size() && i < number.size(); ++i) {
      number[i] = number[i] && IsNumber(row[i]);
    }
  }
  std::string out = "<div class=\"wide\" tabindex=\"0\"><table>\n";
  if (!caption.empty()) {
    absl::StrAppend(&out, "<caption>", XmlText(caption), "</caption>\n");
  }
  out += "<thead><tr>";
  for (size_t i = 0; i < headings.size(); ++i) {
    absl::StrAppend(&out, "<th scope=\"col\"", number[i] ? " class=\"n\"" : "",
                    ">", XmlText(headings[i]), "</th>");
  }
  out += "</tr></thead>\n<tbody>\n";
  for (const auto& row : rows) {
    out += "<tr>";
    for (size_t i = 0; i < row.size() && i < number.size(); ++i) {
      absl::StrAppend(&out, number[i] ? "<td class=\"n\">" : "<td>",
                      XmlText(row[i]), "</td>");
    }
    out += "</tr>\n";
  }
  return out + "</tbody></table></div>\n";
}

std::string HtmlFields(
    const std::vector<std::pair<std::string, std::string>>& fields) {
  std::string out = "<dl>\n";
  for (const auto& [name, value] : fields) {
    if (value.empty()) continue;
    absl::StrAppend(&out, "<dt>", XmlText(name), "</dt><dd>", XmlText(value),
                    "</dd>\n");
  }
  return out + "</dl>\n";
}

std::string CodeBlock(absl::string_view text) {
  // Line by line: XmlText makes one line of its text.
  std::string out = "<pre tabindex=\"0\"><code>";
  out += absl::StrJoin(absl::StrSplit(text, '\n'), "\n",
                       [](std::string* to, absl::string_view line) {
                         absl::StrAppend(to, XmlText(line));
                       });
  return out + "</code></pre>\n";
}

std::string Folded(absl::string_view summary, const std::string& html) {
  return absl::StrCat("<details><summary>", XmlText(summary), "</summary>\n",
                      html, "</details>\n");
}

}  // namespace isoshape
