#include "cli/flags/run_table_flags.h"

#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/console/command.h"
#include "cli/flags/input_file.h"
#include "common/status_macros.h"

namespace isoshape {
namespace {

// `name=text` in two; a validation error of the command line if there is no
// `=`.
std::pair<std::string, std::string> SplitPair(const std::string& flag,
                                              const std::string& text) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw CLI::ValidationError(
        flag, absl::StrCat("'", text, "' is not of the form NAME=TEXT"));
  }
  return {text.substr(0, equals), text.substr(equals + 1)};
}

// The member of a format that names a column of runs.
using Setter = void (*)(RunCsvFormat&, std::string);
const std::map<std::string, Setter>& Columns() {
  static const auto* const columns = new std::map<std::string, Setter>{
      {"params",
       [](RunCsvFormat& f, std::string name) { f.params = std::move(name); }},
      {"tokens",
       [](RunCsvFormat& f, std::string name) { f.tokens = std::move(name); }},
      {"loss",
       [](RunCsvFormat& f, std::string name) { f.loss = std::move(name); }},
      {"flops",
       [](RunCsvFormat& f, std::string name) { f.flops = std::move(name); }},
      {"width",
       [](RunCsvFormat& f, std::string name) { f.width = std::move(name); }},
      {"depth",
       [](RunCsvFormat& f, std::string name) { f.depth = std::move(name); }},
      {"budget",
       [](RunCsvFormat& f, std::string name) { f.budget = std::move(name); }},
      {"decode_seconds",
       [](RunCsvFormat& f, std::string name) {
         f.decode_seconds = std::move(name);
       }},
      {"seed",
       [](RunCsvFormat& f, std::string name) { f.seed = std::move(name); }},
      {"run",
       [](RunCsvFormat& f, std::string name) { f.run = std::move(name); }}};
  return *columns;
}

void SetColumn(const std::string& text, RunCsvFormat& format) {
  auto [column, name] = SplitPair("--column", text);
  const auto found = Columns().find(column);
  if (found == Columns().end()) {
    throw CLI::ValidationError(
        "--column",
        absl::StrCat("'", column, "' is not one of ",
                     absl::StrJoin(Columns(), ", ",
                                   [](std::string* out, const auto& entry) {
                                     absl::StrAppend(out, entry.first);
                                   })));
  }
  found->second(format, std::move(name));
}

}  // namespace

CLI::Option* AddRunTableFlags(CLI::App& command, RunTableFlags& flags) {
  CLI::Option* input =
      command
          .add_option("--input", flags.input,
                      "CSV of finished runs with columns params, tokens, loss "
                      "and optionally flops, width, depth, budget, seed, run, "
                      "decode_seconds; "
                      "'-' reads standard input")
          ->type_name("PATH")
          ->group("Runs of a file");
  // Options of one value that may be repeated.
  const auto add = [&](const char* flag, const char* description,
                       const std::function<void(const std::string&)>& take) {
    command
        .add_option_function<std::vector<std::string>>(
            flag,
            [take](const std::vector<std::string>& values) {
              for (const std::string& value : values) take(value);
            },
            description)
        ->type_name("NAME=TEXT")
        ->allow_extra_args(false)
        ->needs(input)
        ->group("Runs of a file");
  };
  add("--column", "Name of a column, such as loss=val_loss (repeatable)",
      [&flags](const std::string& text) { SetColumn(text, flags.format); });
  add("--where",
      "Only rows in which a column holds a text, such as recipe=cosine "
      "(repeatable)",
      [&flags](const std::string& text) {
        flags.format.where.push_back(SplitPair("--where", text));
      });
  return input;
}

absl::StatusOr<Runs> ReadRuns(const RunTableFlags& flags) {
  ISOSHAPE_ASSIGN_OR_RETURN(const std::string text,
                            ReadInput(flags.input, "the runs"));
  absl::StatusOr<Runs> runs = ParseRuns(
      text, flags.input == "-" ? "standard input" : flags.input, flags.format);
  if (absl::IsInvalidArgument(runs.status())) {
    return UsageError(runs.status().message());
  }
  return runs;
}

}  // namespace isoshape
