#ifndef ISOSHAPE_CLI_COMMANDS_FIT_COMMAND_H_
#define ISOSHAPE_CLI_COMMANDS_FIT_COMMAND_H_

#include "cli/console/command.h"

namespace isoshape {

// `isoshape fit`: laws of runs in a file, or of a campaign.
void RegisterFit(CLI::App& app, CommandContext& context);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_COMMANDS_FIT_COMMAND_H_
