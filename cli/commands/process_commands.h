#ifndef ISOSHAPE_CLI_COMMANDS_PROCESS_COMMANDS_H_
#define ISOSHAPE_CLI_COMMANDS_PROCESS_COMMANDS_H_

#include <optional>
#include <string>
#include <vector>

#include "cli/console/command.h"

namespace isoshape {

// `isoshape serve` and `isoshape worker`: other programs, whose flags are their
// own; registered for help and completion.
void RegisterProcessCommands(CLI::App& app, CommandContext& context);

// The program that `isoshape NAME` stands for, or nothing.
std::optional<std::string> SiblingOf(const std::string& name);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_COMMANDS_PROCESS_COMMANDS_H_
