#ifndef ISOSHAPE_CLI_CONSOLE_COMMAND_H_
#define ISOSHAPE_CLI_CONSOLE_COMMAND_H_

#include <google/protobuf/message.h>

#include <CLI/CLI.hpp>
#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "messages/names/name_parts.h"

namespace isoshape {

// The state that all commands share while one command line is read and run. A
// command registers itself with its flags and sets `action` when it is chosen:
//
//   void RegisterBest(CLI::App& app, CommandContext& context) {
//     CLI::App* command = AddCommand(app, "best", "…", "isoshape best c1");
//     AddServerFlags(*command, context);
//     command->callback([&] { context.action = [&] { return …; }; });
//   }
struct CommandContext {
  std::string server;            // host:port
  std::string output = "table";  // or `json`
  // Runs the chosen command. A status made by UsageError is wrong use.
  std::function<absl::Status()> action;

  bool json() const { return output == "json"; }
};

// A subcommand with examples, one a line, below its help.
CLI::App* AddCommand(CLI::App& parent, const std::string& name,
                     const std::string& description,
                     const std::string& examples);

// --output.
void AddOutputFlag(CLI::App& command, CommandContext& context);
// --server.
void AddServerFlag(CLI::App& command, CommandContext& context);
// --output and --server.
void AddServerFlags(CLI::App& command, CommandContext& context);

// Validates numbers as people write them (`50k`, `2e6`, `4GiB`, `1.5 PFLOPs`);
// for CLI::Option::transform, as they are rewritten for it to read. `'-3' is
// not a number above 0`.
CLI::Validator PositiveNumber();
CLI::Validator NonNegativeNumber();
// Validates whole numbers, which may be written so too (`5k`, `1e3`): `'2.5' is
// not a whole number from 1 to 100`. Without `most`: what a double holds.
inline constexpr int64_t kMaxWhole = int64_t{1} << 53;
CLI::Validator WholeNumber(int64_t least, int64_t most = kMaxWhole);
// Validates seconds above 0, or a duration: `0.002` or `2ms`, rewritten as the
// former.
CLI::Validator PositiveSeconds();
// Validates the level of an interval, `0.95` or `95%`, rewritten as the former.
CLI::Validator Level();
// Validates paths of files and folders that are there.
CLI::Validator ExistingPath();
// Validates shares of a whole: `0.002` or `0.2%`, rewritten as the former.
CLI::Validator ShareOrPercent();

// Wrong use of the command line: exit code 2.
absl::Status UsageError(absl::string_view message);
bool IsUsageError(const absl::Status& status);

// `c1` or `campaigns/c1` -> `campaigns/c1`; a usage error if it is neither, or
// names a file (`runs.csv`), for which it offers --input.
absl::StatusOr<std::string> CampaignArgument(absl::string_view text);
// `c1/7`, `c1/trials/7` or the full name -> `campaigns/c1/trials/7`.
absl::StatusOr<std::string> TrialArgument(absl::string_view text);
// Prints a message as indented JSON on standard output.
void PrintJson(const google::protobuf::Message& message);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_CONSOLE_COMMAND_H_
