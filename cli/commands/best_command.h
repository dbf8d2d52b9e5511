#ifndef ISOSHAPE_CLI_COMMANDS_BEST_COMMAND_H_
#define ISOSHAPE_CLI_COMMANDS_BEST_COMMAND_H_

#include "cli/console/command.h"

namespace isoshape {

// `isoshape best`.
void RegisterBest(CLI::App& app, CommandContext& context);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_COMMANDS_BEST_COMMAND_H_
