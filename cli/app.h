#ifndef ISOSHAPE_CLI_APP_H_
#define ISOSHAPE_CLI_APP_H_

#include "cli/console/command.h"

namespace isoshape {

// Adds every command; one line for each group.
void RegisterCommands(CLI::App& app, CommandContext& context);

// Reads the command line and runs it. Returns the exit code: 0, 1 (it failed)
// or 2 (wrong use); errors are one line on standard error.
int RunApp(int argc, char** argv);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_APP_H_
