#ifndef ISOSHAPE_CLI_COMMANDS_PREDICT_COMMAND_H_
#define ISOSHAPE_CLI_COMMANDS_PREDICT_COMMAND_H_

#include "cli/console/command.h"

namespace isoshape {

// `isoshape predict`: the best shape at a compute, from a file or a campaign.
void RegisterPredict(CLI::App& app, CommandContext& context);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_COMMANDS_PREDICT_COMMAND_H_
