#include "common/text/shell_word.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace isoshape {

std::string ShellWord(absl::string_view text) {
  const bool plain =
      !text.empty() && std::all_of(text.begin(), text.end(), [](char letter) {
        return absl::ascii_isalnum(static_cast<unsigned char>(letter)) ||
               absl::StrContains("@%+=:,./-_", letter);
      });
  return plain ? std::string(text) : ShellQuoted(text);
}

std::string ShellQuoted(absl::string_view text) {
  return absl::StrCat("'", absl::StrReplaceAll(text, {{"'", "'\\''"}}), "'");
}

}  // namespace isoshape
