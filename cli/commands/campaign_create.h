#ifndef ISOSHAPE_CLI_COMMANDS_CAMPAIGN_CREATE_H_
#define ISOSHAPE_CLI_COMMANDS_CAMPAIGN_CREATE_H_

#include "cli/console/command.h"

namespace isoshape {

// `isoshape campaign create`.
void RegisterCampaignCreate(CLI::App& group, CommandContext& context);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_COMMANDS_CAMPAIGN_CREATE_H_
