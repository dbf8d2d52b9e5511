#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "cli/commands/commands.h"
#include "common/program_folder.h"

namespace isoshape {
namespace {

constexpr std::array<absl::string_view, 5> kWorkerVerbs = {
    "list", "get", "drain", "readmit", "delete"};

std::string ProgramOf(const std::string& name) {
  return name == "serve" ? "isoshape-coordinator" : "isoshape-worker";
}

}  // namespace

std::optional<std::string> SiblingOf(
    const std::vector<std::string>& arguments) {
  if (arguments.empty()) return std::nullopt;
  const std::string& name = arguments.front();
  if (name != "serve" && name != "worker") return std::nullopt;
  const bool verb = name == "worker" && arguments.size() > 1 &&
                    std::find(kWorkerVerbs.begin(), kWorkerVerbs.end(),
                              arguments[1]) != kWorkerVerbs.end();
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
      context.action = [command, name] {
        return ExecSibling(ProgramOf(name), command->remaining());
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
}

}  // namespace isoshape
