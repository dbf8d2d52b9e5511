#include "cli/flags/flag_words.h"

#include <cstddef>
#include <map>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"

namespace isoshape {
namespace {

// Fields whose flag is called otherwise, by the end of their path.
const std::map<std::string, std::string>& OtherNames() {
  static const auto& names =
      *new std::map<std::string, std::string>{{"display_name", "name"},
                                              {"campaign_id", "id"},
                                              {"resamples", "bootstrap"},
                                              {"target_flops", "target"},
                                              {"dataset", "data"},
                                              {"asha.shapes", "drawn-shapes"},
                                              {"min_budget", "budget-range"},
                                              {"max_budget", "budget-range"}};
  return names;
}

// What precedes the path of a field that an update may not change.
constexpr char kMask[] = "update_mask ";

// The bytes at the beginning of `text` that may be a path of fields:
// `space.base.head_dim`, `budgets[2]`.
size_t PathBytes(absl::string_view text) {
  size_t end = 0;
  while (end < text.size() &&
         (absl::ascii_islower(static_cast<unsigned char>(text[end])) ||
          absl::ascii_isdigit(static_cast<unsigned char>(text[end])) ||
          text[end] == '_' || text[end] == '.')) {
    ++end;
  }
  while (end > 0 && text[end - 1] == '.') --end;  // the end of a sentence
  return end;
}

// `--head-dim` for `space.base.head_dim`, or empty if `command` has no such
// flag, or did not get it though it read a file.
std::string FlagOf(absl::string_view path, const CLI::App& command) {
  std::string name =
      absl::StrReplaceAll(path.substr(path.rfind('.') + 1), {{"_", "-"}});
  for (const auto& [end, other] : OtherNames()) {
    absl::string_view before = path;
    if (absl::ConsumeSuffix(&before, end) &&
        (before.empty() || before.back() == '.')) {
      name = other;
    }
  }
  const std::string flag = absl::StrCat("--", name);
  const CLI::Option* option = command.get_option_no_throw(flag);
  if (option == nullptr) return "";
  const CLI::Option* file = command.get_option_no_throw("--file");
  // The flag of an id goes before the file's, and is the shorter way.
  const bool from_file =
      file != nullptr && file->count() > 0 && path != "campaign_id";
  return from_file && option->count() == 0 ? "" : flag;
}

// A word of English may be the name of a field: `budgets`, `force`. At the
// beginning of a message, before an index or after `set` it is one.
bool IsField(absl::string_view path, absl::string_view before,
             absl::string_view after) {
  return path.find_first_of("_.") != path.npos || before.empty() ||
         absl::ConsumePrefix(&after, "[") ||
         absl::ConsumeSuffix(&before, "set ");
}

// The bytes of the word at the beginning of `text` if it is the path of a file
// or the name of a resource (`/data/results.db`, `campaigns/c1`), else 0.
size_t SlashedBytes(absl::string_view text) {
  const absl::string_view word = text.substr(0, text.find(' '));
  return word.find('/') == word.npos ? 0 : word.size();
}

// `trial.shape: width 30 is …` without the place, if a flag sets what is wrong
// in it.
absl::string_view WithoutPlace(absl::string_view message,
                               const CLI::App& command) {
  const size_t place = PathBytes(message);
  absl::string_view rest = message.substr(place);
  if (place == 0 || !absl::ConsumePrefix(&rest, ": ")) return message;
  const absl::string_view field = rest.substr(0, PathBytes(rest));
  return field.empty() || FlagOf(field, command).empty() ? message : rest;
}

}  // namespace

std::string InWordsOfFlags(absl::string_view message, const CLI::App& command) {
  message = WithoutPlace(message, command);
  std::string said;
  for (size_t at = 0; at < message.size();) {
    const absl::string_view rest = message.substr(at);
    const bool word_begins = at == 0 || message[at - 1] == ' ';
    if (const size_t slashed = word_begins ? SlashedBytes(rest) : 0;
        slashed > 0) {
      absl::StrAppend(&said, rest.substr(0, slashed));
      at += slashed;
      continue;
    }
    size_t bytes = PathBytes(rest);
    std::string flag;
    if (bytes > 0) {
      if (IsField(rest.substr(0, bytes), message.substr(0, at),
                  rest.substr(bytes))) {
        flag = FlagOf(rest.substr(0, bytes), command);
      }
    } else {
      // A text in quotes is a value, but the paths of update_mask.
      const size_t quote = rest[0] == '\'' ? rest.find('\'', 1) : rest.npos;
      bytes = quote == rest.npos ? 1 : quote + 1;
      if (quote != rest.npos && absl::EndsWith(said, kMask)) {
        flag = FlagOf(rest.substr(1, quote - 1), command);
        if (!flag.empty()) said.resize(said.size() - sizeof(kMask) + 1);
      }
    }
    absl::StrAppend(
        &said, flag.empty() ? rest.substr(0, bytes) : absl::string_view(flag));
    at += bytes;
  }
  return absl::StrReplaceAll(
      said, {{"send it again with the same request_id", "try again"},
             {"send the request again with the same request_id", "try again"}});
}

}  // namespace isoshape
