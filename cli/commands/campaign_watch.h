#ifndef ISOSHAPE_CLI_COMMANDS_CAMPAIGN_WATCH_H_
#define ISOSHAPE_CLI_COMMANDS_CAMPAIGN_WATCH_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "cli/console/client.h"
#include "cli/console/command.h"

namespace isoshape {

// Follows a campaign on this process's streams until it ends or SIGINT or
// SIGTERM comes, which leaves the campaign running.
absl::Status WatchCampaign(const CommandContext& context, Client& client,
                           const std::string& name, int64_t after_sequence = 0);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_COMMANDS_CAMPAIGN_WATCH_H_
