#ifndef ISOSHAPE_CLI_ANALYSIS_COMMANDS_H_
#define ISOSHAPE_CLI_ANALYSIS_COMMANDS_H_

#include "cli/command.h"

namespace isoshape {

// `isoshape best`, `isoshape fit`, `isoshape predict`.
void RegisterAnalysisCommands(CLI::App& app, CommandContext& context);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_ANALYSIS_COMMANDS_H_
