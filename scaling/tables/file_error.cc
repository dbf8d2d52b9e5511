#include "scaling/tables/file_error.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/text/one_line.h"

namespace isoshape {
namespace {

constexpr size_t kMaxBytes = 40;
constexpr size_t kMaxLines = 5;

}  // namespace

absl::Status ErrorAt(absl::string_view file, int line, int column,
                     absl::string_view message) {
  return absl::InvalidArgumentError(
      absl::StrFormat("%s:%d:%d: %s", file, line, column, message));
}

std::string Shown(absl::string_view text) {
  return absl::StrCat("'", OneLine(text, kMaxBytes), "'");
}

std::string ShownNames(const std::vector<std::string>& names, size_t most) {
  const size_t shown = std::min(most, names.size());
  std::string text = absl::StrJoin(
      names.begin(), names.begin() + static_cast<std::ptrdiff_t>(shown), ", ",
      [](std::string* out, const std::string& name) {
        absl::StrAppend(out, Shown(name));
      });
  if (shown < names.size()) {
    absl::StrAppend(&text, " and ", names.size() - shown, " more");
  }
  return text;
}

std::string ShownLines(std::vector<int> lines) {
  lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
  const size_t shown = std::min(kMaxLines, lines.size());
  std::string text = absl::StrCat(
      lines.size() == 1 ? "line " : "lines ",
      absl::StrJoin(lines.begin(),
                    lines.begin() + static_cast<std::ptrdiff_t>(shown), ", "));
  if (shown < lines.size()) {
    absl::StrAppend(&text, " and ", lines.size() - shown, " more");
  }
  return text;
}

}  // namespace isoshape
