#ifndef ISOSHAPE_CLI_FLAGS_FLAG_WORDS_H_
#define ISOSHAPE_CLI_FLAGS_FLAG_WORDS_H_

#include <CLI/CLI.hpp>
#include <string>

#include "absl/strings/string_view.h"

namespace isoshape {

// A message of the coordinator, which names fields of a request, in the words
// of whoever typed the command: a field that a flag of `command` sets is named
// by the flag (`recipe.tokens_per_step 2000` -> `--tokens-per-step 2000`). If
// the command read a campaign from a file, fields of which no flag was given
// stay as they are: they stand in the file by that name.
std::string InWordsOfFlags(absl::string_view message, const CLI::App& command);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_FLAGS_FLAG_WORDS_H_
