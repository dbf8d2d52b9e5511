#include "cli/flags/analysis_flags.h"

#include <iostream>

#include "absl/strings/str_cat.h"

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

std::string NewerWarning(const v1::DataBasis& basis) {
  if (basis.newer_trials() == 0) return "";
  return absl::StrCat("rests on ", basis.trials(), " trials; ",
                      basis.newer_trials(),
                      " have succeeded since: ask without --cached");
}

void PrintWarnings(
    const google::protobuf::RepeatedPtrField<std::string>& warnings,
    const v1::DataBasis& basis) {
  for (const std::string& warning : warnings) {
    std::cout << "warning: " << warning << '\n';
  }
  if (const std::string newer = NewerWarning(basis); !newer.empty()) {
    std::cout << "warning: " << newer << '\n';
  }
}

}  // namespace isoshape
