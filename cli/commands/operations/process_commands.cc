#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/commands/commands.h"
#include "cli/console/command.h"
#include "common/process/program_folder.h"
#include "common/text/nearest_name.h"
#include "common/text/one_line.h"

namespace isoshape {
namespace {

absl::Status NotAVerb(const CLI::App& worker, const std::string& word) {
  std::vector<std::string> verbs;
  for (const CLI::App* verb :
       worker.get_subcommands([](const CLI::App*) { return true; })) {
    verbs.push_back(verb->get_name());
  }
  return UsageError(
      absl::StrCat("'", OneLine(word),
                   "' is neither a command nor a flag of isoshape "
                   "worker",
                   DidYouMean(word, verbs), "; see 'isoshape --help'"));
}

std::string ProgramOf(const std::string& name) {
  return name == "serve" ? "isoshape-coordinator" : "isoshape-worker";
}

}  // namespace

std::optional<std::string> SiblingOf(
    const std::vector<std::string>& arguments) {
  if (arguments.empty()) return std::nullopt;
  const std::string& name = arguments.front();
  if (name != "serve" && name != "worker") return std::nullopt;
  // The worker takes flags alone: a word is a verb, or was meant to be one.
  const bool verb = name == "worker" && arguments.size() > 1 &&
                    !arguments[1].empty() && !arguments[1].starts_with('-');
  if (verb) return std::nullopt;
  return ProgramOf(name);
}

void RegisterProcessCommands(CLI::App& app, CommandContext& context) {
  const auto add = [&](const std::string& name, const std::string& description,
                       const std::string& examples) {
    CLI::App* command = AddCommand(app, name, description, examples);
    command->prefix_command();
    command->callback([command, name, &context] {
      if (!command->get_subcommands().empty()) return;  // it has its action
      context.action = [command, name]() -> absl::Status {
        const std::vector<std::string> rest = command->remaining();
        if (name == "worker" && !rest.empty() && !rest[0].starts_with('-')) {
          return NotAVerb(*command, rest[0]);
        }
        return ExecSibling(ProgramOf(name), rest);
      };
    });
    return command;
  };
  add("serve", "Run the coordinator (flags of isoshape-coordinator)",
      "isoshape serve --db results.db\nisoshape serve --help");
  CLI::App* worker = add(
      "worker",
      "Run a worker (flags of isoshape-worker); or list, get, drain, readmit "
      "or delete workers",
      "isoshape worker --data text=corpus.txt\nisoshape worker --help\n"
      "isoshape worker list\nisoshape worker drain w1");
  worker->require_subcommand(0, 1);
  RegisterWorkerVerbs(*worker, context);
  // They take their own flags alone. CLI11 hands down to them that all that is
  // not known is left to another program.
  for (CLI::App* verb :
       worker->get_subcommands([](const CLI::App*) { return true; })) {
    verb->prefix_command(false);
  }
}

}  // namespace isoshape
