#include "tests/figures/gnuplot/xml_check.h"

#include <algorithm>
#include <regex>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace isoshape {
namespace {

// `&` begins a reference everywhere.
bool HasBareAmpersand(const std::string& text) {
  static const std::regex reference("&(amp|lt|gt|quot|apos|#[0-9]+);");
  return std::regex_replace(text, reference, "").find('&') != text.npos;
}

}  // namespace

std::string XmlProblem(absl::string_view text) {
  static const std::regex tag(
      R"(^<(/?)([a-zA-Z][a-zA-Z0-9:]*)((?:\s+[a-zA-Z:-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(/?)>$)");
  std::vector<std::string> open;
  bool any = false;
  text = absl::StripSuffix(text, "\n");
  if (text.empty()) return "it is empty";
  if (HasBareAmpersand(std::string(text))) return "a bare &";
  while (!text.empty()) {
    if (text[0] != '<') {
      if (open.empty())
        return absl::StrCat("text outside: ", text.substr(0, 40));
      text.remove_prefix(std::min(text.find('<'), text.size()));
      continue;
    }
    const size_t end = text.find('>');
    if (end == text.npos) return "a tag does not end";
    const std::string one(text.substr(0, end + 1));
    text.remove_prefix(end + 1);
    std::smatch parts;
    if (!std::regex_match(one, parts, tag)) return absl::StrCat("tag ", one);
    if (parts[1].length() > 0) {
      if (open.empty() || open.back() != parts[2]) {
        return absl::StrCat(one, " closes nothing");
      }
      open.pop_back();
    } else if (parts[4].length() == 0) {
      if (open.empty() && any) return "several elements";
      open.push_back(parts[2]);
      any = true;
    }
  }
  return open.empty() ? "" : absl::StrCat(open.back(), " is not closed");
}

}  // namespace isoshape
