#ifndef ISOSHAPE_CLI_COMMANDS_EXPORT_COMMAND_H_
#define ISOSHAPE_CLI_COMMANDS_EXPORT_COMMAND_H_

#include "cli/console/command.h"

namespace isoshape {

// `isoshape export`.
void RegisterExport(CLI::App& app, CommandContext& context);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_COMMANDS_EXPORT_COMMAND_H_
