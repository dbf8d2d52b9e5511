#ifndef ISOSHAPE_CLI_DEMO_DEMO_COMMAND_H_
#define ISOSHAPE_CLI_DEMO_DEMO_COMMAND_H_

#include "cli/console/command.h"

namespace isoshape {

// `isoshape demo`.
void RegisterDemo(CLI::App& app, CommandContext& context);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_DEMO_DEMO_COMMAND_H_
