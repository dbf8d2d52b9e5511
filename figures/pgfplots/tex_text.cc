#include <cstddef>
#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/text/one_line.h"
#include "figures/pgfplots/pgfplots.h"

namespace isoshape {
namespace {

// Superscripts stand for these within math.
const std::map<absl::string_view, absl::string_view>& Superscripts() {
  static const auto* const signs =
      new std::map<absl::string_view, absl::string_view>{
          {"⁰", "0"}, {"¹", "1"}, {"²", "2"}, {"³", "3"},
          {"⁴", "4"}, {"⁵", "5"}, {"⁶", "6"}, {"⁷", "7"},
          {"⁸", "8"}, {"⁹", "9"}, {"⁻", "-"}};
  return *signs;
}

// What TeX reads otherwise than it stands there.
const std::map<absl::string_view, absl::string_view>& Signs() {
  static const auto* const signs =
      new std::map<absl::string_view, absl::string_view>{
          {"\\", "\\textbackslash{}"},
          {"{", "\\{"},
          {"}", "\\}"},
          {"$", "\\$"},
          {"&", "\\&"},
          {"#", "\\#"},
          {"_", "\\_"},
          {"%", "\\%"},
          {"^", "\\textasciicircum{}"},
          {"~", "\\textasciitilde{}"},
          {"<", "$<$"},
          {">", "$>$"},
          {"|", "$|$"},
          {"\"", "''"},
          {"`", "\\textasciigrave{}"},
          {"×", "$\\times$"},
          {"±", "$\\pm$"},
          {"≤", "$\\leq$"},
          {"≥", "$\\geq$"},
          {"−", "$-$"},
          {"·", "$\\cdot$"},
          {"α", "$\\alpha$"},
          {"β", "$\\beta$"},
          {"→", "$\\to$"}};
  return *signs;
}

}  // namespace

std::string TexText(absl::string_view text) {
  const std::string line = OneLine(text);
  absl::string_view rest = line;
  std::string out;
  bool raised = false;  // within a superscript
  while (!rest.empty()) {
    const size_t bytes = Utf8CharacterBytes(rest);
    const absl::string_view character = rest.substr(0, bytes == 0 ? 1 : bytes);
    rest.remove_prefix(character.size());
    const auto superscript = Superscripts().find(character);
    if (superscript != Superscripts().end()) {
      absl::StrAppend(&out, raised ? "" : "$^{", superscript->second);
      raised = true;
      continue;
    }
    if (raised) out += "}$";
    raised = false;
    const auto sign = Signs().find(character);
    absl::StrAppend(&out, sign == Signs().end() ? character : sign->second);
  }
  if (raised) out += "}$";
  return out;
}

}  // namespace isoshape
