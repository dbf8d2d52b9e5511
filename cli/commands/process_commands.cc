#include "absl/strings/str_cat.h"
#include "cli/commands/commands.h"
#include "common/program_folder.h"

namespace isoshape {

std::optional<std::string> SiblingOf(const std::string& name) {
  if (name == "serve") return "isoshape-coordinator";
  if (name == "worker") return "isoshape-worker";
  return std::nullopt;
}

void RegisterProcessCommands(CLI::App& app, CommandContext& context) {
  const auto add = [&](const std::string& name, const std::string& description,
                       const std::string& examples) {
    CLI::App* command = AddCommand(app, name, description, examples);
    command->prefix_command();
    command->callback([command, name, &context] {
      context.action = [command, name] {
        return ExecSibling(*SiblingOf(name), command->remaining());
      };
    });
  };
  add("serve", "Run the coordinator (flags of isoshape-coordinator)",
      "isoshape serve --db results.db\nisoshape serve --help");
  add("worker", "Run a worker (flags of isoshape-worker)",
      "isoshape worker --data text=corpus.txt\nisoshape worker --help");
}

}  // namespace isoshape
