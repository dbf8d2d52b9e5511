#include "cli/flags/analysis_flags.h"

namespace isoshape {

CLI::Option* AddCampaignFlags(CLI::App& command, CommandContext& context,
                              CampaignFlags& flags) {
  CLI::Option* campaign =
      command.add_option("campaign", flags.campaign, "Campaign, such as c1");
  command.add_flag("--cached", flags.cached,
                   "Answer at once from what the coordinator has ready, which "
                   "may lack trials that ended a moment ago");
  AddServerFlags(command, context);
  return campaign;
}

}  // namespace isoshape
