#include "cli/flags/run_table_flags.h"

#include <cmath>
#include <filesystem>
#include <functional>
#include <iostream>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/console/command.h"
#include "cli/flags/input_file.h"
#include "common/status/status_macros.h"
#include "common/text/one_line.h"
#include "scaling/tables/column_values.h"
#include "scaling/tables/compressed.h"

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

void SetColumn(const std::string& text, RunFormat& format) {
  auto [name, given] = SplitPair("--column", text);
  for (const RunColumn column : kRunColumns) {
    if (name != RunColumnName(column)) continue;
    format.name(column) = std::move(given);
    return;
  }
  throw CLI::ValidationError(
      "--column",
      absl::StrCat("'", name, "' is not one of ",
                   absl::StrJoin(kRunColumns, ", ",
                                 [](std::string* out, RunColumn column) {
                                   absl::StrAppend(out, RunColumnName(column));
                                 })));
}

constexpr char kGroup[] = "Runs of a file";

CLI::Validator Factor() {
  return CLI::Validator(
      [](const std::string& text) {
        double factor = 0;
        return absl::SimpleAtod(text, &factor) && factor >= 1 &&
                       std::isfinite(factor)
                   ? std::string()
                   : text + " is not a factor of at least 1, such as 1.1";
      },
      "FACTOR");
}

void AddCleaningFlags(CLI::App& command, RunFormat& format,
                      CLI::Option* input) {
  command
      .add_flag("--strict", format.strict,
                "Refuse a file with rows that would be left out, such as those "
                "without a loss")
      ->needs(input)
      ->group(kGroup);
  command
      .add_flag("--keep-duplicates", format.keep_duplicates,
                "Count rows that are the same as another one as runs of their "
                "own")
      ->needs(input)
      ->group(kGroup);
  command
      .add_option("--budget-tolerance", format.budget_tolerance,
                  "Runs whose budgets lie within this factor have one budget "
                  "(default 1.1)")
      ->check(Factor())
      ->needs(input)
      ->group(kGroup);
}

}  // namespace

std::string InputName(const RunTableFlags& flags) {
  return flags.input == "-"
             ? "standard input"
             : std::filesystem::path(flags.input).filename().string();
}

CLI::Option* AddRunTableFlags(CLI::App& command, RunTableFlags& flags,
                              bool where, const std::string& file) {
  CLI::Option* input =
      command
          .add_option(file, flags.input,
                      "Finished runs: CSV, JSON or JSON lines with params, "
                      "tokens, loss and optionally flops, width, depth, "
                      "budget, seed, run, decode_seconds, also by other common "
                      "names, also in gzip or zstd; '-' reads standard input")
          ->type_name("PATH")
          ->group(kGroup);
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
        ->group(kGroup);
  };
  add("--column", "Name of a column, such as loss=val_loss (repeatable)",
      [&flags](const std::string& text) { SetColumn(text, flags.format); });
  if (where) {
    add("--where",
        "Only rows in which a column holds a text, such as recipe=cosine "
        "(repeatable)",
        [&flags](const std::string& text) {
          flags.format.where.push_back(SplitPair("--where", text));
        });
  }
  AddCleaningFlags(command, flags.format, input);
  return input;
}

namespace {

std::string NameOf(const RunTableFlags& flags) {
  return flags.input == "-" ? "standard input" : OneLine(flags.input);
}

// A malformed file is wrong use.
template <typename T>
absl::Status AsUsage(const absl::StatusOr<T>& read) {
  return absl::IsInvalidArgument(read.status())
             ? UsageError(read.status().message())
             : read.status();
}

// `which` begins every note.
absl::StatusOr<RunFile> ReadFormat(std::string bytes,
                                   const RunTableFlags& flags,
                                   const RunFormat& format,
                                   const std::string& which) {
  absl::StatusOr<RunFile> file =
      ReadRuns(std::move(bytes), NameOf(flags), format);
  ISOSHAPE_RETURN_IF_ERROR(AsUsage(file));
  for (const std::string& note : file->notes) {
    std::cerr << "note: " << Printable(absl::StrCat(which, note)) << '\n';
  }
  return file;
}

}  // namespace

absl::Status AddWhere(const std::string& text, RunFormat& format) {
  try {
    format.where.push_back(SplitPair("--where", text));
  } catch (const CLI::ValidationError& error) {
    return UsageError(error.what());
  }
  return absl::OkStatus();
}

absl::StatusOr<RunFile> ReadRunTable(const RunTableFlags& flags,
                                     std::vector<RunColumn> needed) {
  ISOSHAPE_ASSIGN_OR_RETURN(std::string bytes,
                            ReadInput(flags.input, "the runs", kMaxRunText));
  RunFormat format = flags.format;
  format.needed = std::move(needed);
  return ReadFormat(std::move(bytes), flags, format, "");
}

absl::Status AboutFile(const RunTableFlags& flags, const absl::Status& status) {
  const std::string name = NameOf(flags);
  if (!absl::IsFailedPrecondition(status) ||
      absl::StartsWith(status.message(), name)) {
    return status;
  }
  absl::Status about(status.code(), absl::StrCat(name, ": ", status.message()));
  status.ForEachPayload(
      [&about](absl::string_view type, const absl::Cord& payload) {
        about.SetPayload(type, payload);
      });
  return about;
}

absl::StatusOr<std::vector<std::pair<std::string, RunFile>>> ReadRunTablesBy(
    const std::string& column, const RunTableFlags& flags,
    const std::vector<RunColumn>& needed) {
  ISOSHAPE_ASSIGN_OR_RETURN(const std::string bytes,
                            ReadInput(flags.input, "the runs", kMaxRunText));
  const auto values = ColumnValues(bytes, NameOf(flags), flags.format, column);
  ISOSHAPE_RETURN_IF_ERROR(AsUsage(values));
  std::vector<std::pair<std::string, RunFile>> files;
  for (const std::string& value : *values) {
    RunFormat format = flags.format;
    format.needed = needed;
    format.where.emplace_back(column, value);
    ISOSHAPE_ASSIGN_OR_RETURN(
        RunFile file,
        ReadFormat(bytes, flags, format, absl::StrCat(OneLine(value), ": ")));
    files.emplace_back(value, std::move(file));
  }
  return files;
}

v1::RunTable ToProto(const RunFile& file) {
  v1::RunTable table;
  table.mutable_columns()->insert(file.columns.begin(), file.columns.end());
  table.mutable_notes()->Add(file.notes.begin(), file.notes.end());
  return table;
}

}  // namespace isoshape
