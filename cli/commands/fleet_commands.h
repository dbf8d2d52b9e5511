#ifndef ISOSHAPE_CLI_COMMANDS_FLEET_COMMANDS_H_
#define ISOSHAPE_CLI_COMMANDS_FLEET_COMMANDS_H_

#include "cli/console/command.h"

namespace isoshape {

// fleet: workers by the engine that a cluster has.
void RegisterFleetCommands(CLI::App& app, CommandContext& context);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_COMMANDS_FLEET_COMMANDS_H_
