#ifndef ISOSHAPE_CLI_COMMANDS_DESCRIBE_COMMAND_H_
#define ISOSHAPE_CLI_COMMANDS_DESCRIBE_COMMAND_H_

#include "cli/console/command.h"

namespace isoshape {

// `isoshape describe`; needs no coordinator.
void RegisterDescribe(CLI::App& app, CommandContext& context);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_COMMANDS_DESCRIBE_COMMAND_H_
