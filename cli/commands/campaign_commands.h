#ifndef ISOSHAPE_CLI_COMMANDS_CAMPAIGN_COMMANDS_H_
#define ISOSHAPE_CLI_COMMANDS_CAMPAIGN_COMMANDS_H_

#include "cli/console/client.h"
#include "cli/console/command.h"
#include "isoshape/v1/campaign.pb.h"

namespace isoshape {

// `isoshape campaign` and all below it.
void RegisterCampaignCommands(CLI::App& app, CommandContext& context);

// One campaign in the form that the user asked for.
void PrintCampaign(const v1::Campaign& campaign, bool json);

absl::StatusOr<v1::Campaign> GetCampaign(Client& client,
                                         const std::string& name);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_COMMANDS_CAMPAIGN_COMMANDS_H_
