#ifndef ISOSHAPE_CLI_COMMANDS_CAMPAIGNS_CAMPAIGN_WATCH_H_
#define ISOSHAPE_CLI_COMMANDS_CAMPAIGNS_CAMPAIGN_WATCH_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "cli/console/client.h"
#include "cli/console/command.h"

namespace isoshape {

// Follows a campaign on this process's streams until it ends or SIGINT or
// SIGTERM comes, which leaves the campaign running. Tells of events after this
// sequence; if none is given, of those to come, after a line that says how the
// campaign stands; JSON then has all from the beginning.
absl::Status WatchCampaign(const CommandContext& context, Client& client,
                           const std::string& name,
                           std::optional<int64_t> after_sequence);

// Says on standard error why trials of the campaign wait, if they do and that
// can be told.
void WarnOfWaiting(Client& client, const std::string& name);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_COMMANDS_CAMPAIGNS_CAMPAIGN_WATCH_H_
