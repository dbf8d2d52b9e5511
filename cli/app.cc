#include "cli/app.h"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/commands/commands.h"
#include "cli/flags/flag_words.h"
#include "common/console/command_line.h"
#include "common/process/environment.h"
#include "common/process/program_folder.h"
#include "common/text/one_line.h"

namespace isoshape {
namespace {

constexpr char kDefaultServer[] = "127.0.0.1:50551";

int Fail(absl::string_view message, int code) {
  std::cout.flush();
  std::cerr << "isoshape: " << Printable(message) << '\n';
  return code;
}

// The first argument that is not UTF-8, which messages and JSON cannot carry;
// or nullptr.
const char* NotUtf8(int argc, char** argv) {
  const auto bad = std::find_if(argv, argv + argc, [](const char* argument) {
    return !IsUtf8(argument);
  });
  return bad == argv + argc ? nullptr : *bad;
}

}  // namespace

void RegisterCommands(CLI::App& app, CommandContext& context) {
  RegisterProcessCommands(app, context);
  RegisterCampaignCommands(app, context);
  RegisterTrialCommands(app, context);
  RegisterBest(app, context);
  RegisterCompare(app, context);
  RegisterFit(app, context);
  RegisterPredict(app, context);
  RegisterPlot(app, context);
  RegisterDescribe(app, context);
  RegisterMeasure(app, context);
  RegisterTrain(app, context);
  RegisterExport(app, context);
  RegisterImport(app, context);
  RegisterReport(app, context);
  RegisterSimulate(app, context);
  RegisterFleetCommands(app, context);
  RegisterDemo(app, context);
  RegisterClaimsCommands(app, context);
  RegisterDoctor(app, context);
  RegisterBackupCommands(app, context);
  RegisterTokenCommands(app, context);
  RegisterCompletion(app, context);
}

int RunApp(int argc, char** argv) {
  // All that follows `serve` and `worker` is theirs, --help included; but the
  // verbs of `worker`.
  if (const std::optional<std::string> sibling =
          SiblingOf({argv + std::min(argc, 1), argv + argc})) {
    return Fail(ExecSibling(*sibling, {argv + 2, argv + argc}).message(), 1);
  }
  if (const char* const bad = NotUtf8(argc, argv)) {
    return Fail(absl::StrCat("'", OneLine(bad),
                             "' is not UTF-8; give it in that encoding"),
                2);
  }
  CommandContext context;
  const std::string server = EnvironmentVariable("ISOSHAPE_SERVER");
  context.server = server.empty() ? kDefaultServer : server;

  CLI::App app(
      "Measures which depth and width a transformer should have for a given "
      "training compute.",
      "isoshape");
  app.formatter(std::make_shared<HelpFormatter>());  // of its commands, too
  app.set_version_flag("--version", "isoshape " ISOSHAPE_VERSION);
  app.require_subcommand(1);
  app.footer(
      "Examples:\n  isoshape serve --db results.db\n"
      "  isoshape campaign create --file campaign.yaml --watch\n"
      "  isoshape best c1\n"
      "'isoshape COMMAND --help' says more. Exit codes: 0, 1 (it failed), 2 "
      "(wrong use).");
  RegisterCommands(app, context);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    return Fail(UsageMessage(app, error, {argv + 1, argv + argc}), 2);
  }
  const absl::Status status = context.action();
  if (status.ok()) {
    std::cout.flush();
    return std::cout ? 0 : Fail("cannot write to standard output", 1);
  }
  if (IsUsageError(status)) return Fail(status.message(), 2);
  // What is wrong whatever there is (INVALID_ARGUMENT), a flag has said: wrong
  // use, whether the command found it, a fit, or the coordinator.
  return Fail(InWordsOfFlags(status.message(), ChosenCommand(app)),
              absl::IsInvalidArgument(status) ? 2 : 1);
}

}  // namespace isoshape
