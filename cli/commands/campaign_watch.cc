#include "cli/commands/campaign_watch.h"

#include <iostream>
#include <memory>

#include "absl/strings/str_cat.h"
#include "cli/commands/commands.h"
#include "cli/commands/follow_campaign.h"
#include "cli/console/client.h"
#include "cli/console/command.h"
#include "cli/console/progress.h"
#include "cli/local/interruption.h"
#include "common/status_macros.h"

namespace isoshape {
namespace {

struct WatchFlags {
  std::string name;
  int64_t after_sequence = 0;
};

}  // namespace

absl::Status WatchCampaign(const CommandContext& context, Client& client,
                           const std::string& name, int64_t after_sequence) {
  const Interruption interruption;
  FollowOptions options;
  options.out = &std::cout;
  options.err = &std::cerr;
  options.json = context.json();
  options.bar = !context.json() && ProgressLine::CanDraw();
  options.after_sequence = after_sequence;
  options.interrupted = Interruption::Seen;
  absl::Status status = FollowCampaign(client, name, options);
  if (absl::IsCancelled(status) && Interruption::Seen()) {
    return absl::CancelledError(
        absl::StrCat("stopped watching; ", ShortName(name),
                     " goes on; watch again with 'isoshape campaign watch ",
                     ShortName(name), "'"));
  }
  return status;
}

void RegisterCampaignWatch(CLI::App& group, CommandContext& context) {
  CLI::App* command = AddCommand(
      group, "watch", "Follow a campaign until it ends (Ctrl-C leaves it)",
      "isoshape campaign watch c1\n"
      "isoshape campaign watch c1 --output=json --after-sequence 120");
  // Lives as long as the callbacks that hold it.
  const auto flags = std::make_shared<WatchFlags>();
  command->add_option("campaign", flags->name, "Campaign, such as c1")
      ->required();
  command
      ->add_option("--after-sequence", flags->after_sequence,
                   "Only events after this one (default: from the beginning)")
      ->transform(WholeNumber(0));
  AddServerFlags(*command, context);
  command->callback([flags, &context] {
    context.action = [flags, &context]() -> absl::Status {
      ISOSHAPE_ASSIGN_OR_RETURN(const std::string name,
                                CampaignArgument(flags->name));
      Client client(context.server);
      return WatchCampaign(context, client, name, flags->after_sequence);
    };
  });
}

}  // namespace isoshape
