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

void AddVariantFlag(CLI::App& command, CampaignFlags& flags) {
  command.add_option("--variant", flags.variant,
                     "Of a campaign, the variant whose trials are used "
                     "(default base); variants are never mixed");
}

void AddImportedFlag(CLI::App& command, bool& imported) {
  command.add_flag("--imported", imported,
                   "Of a campaign, also by the runs that 'isoshape import' "
                   "brought; without runs of its own these are used unasked");
}

absl::Status CheckVariantFlag(const CampaignFlags& flags, bool of_file) {
  if (of_file && flags.imported) {
    return UsageError(
        "--imported is of a campaign; all runs of a file are used");
  }
  if (!of_file || flags.variant.empty()) return absl::OkStatus();
  return UsageError(
      "--variant is of a campaign; choose runs of a file by --where "
      "variant=NAME");
}

}  // namespace isoshape
