#include "cli/commands/campaign_watch.h"

#include <atomic>
#include <csignal>
#include <iostream>
#include <memory>

#include "absl/strings/str_cat.h"
#include "cli/commands/commands.h"
#include "cli/commands/follow_campaign.h"
#include "cli/console/client.h"
#include "cli/console/command.h"
#include "cli/console/progress.h"
#include "common/status_macros.h"

namespace isoshape {
namespace {

std::atomic<bool> g_interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free);

void Interrupt(int /*signal*/) { g_interrupted = true; }

struct WatchFlags {
  std::string name;
  int64_t after_sequence = 0;
};

}  // namespace

absl::Status WatchCampaign(const CommandContext& context, Client& client,
                           const std::string& name, int64_t after_sequence) {
  g_interrupted = false;
  struct sigaction action = {};
  struct sigaction old_action = {};
  action.sa_handler = Interrupt;
  sigaction(SIGINT, &action, &old_action);
  FollowOptions options;
  options.out = &std::cout;
  options.err = &std::cerr;
  options.json = context.json();
  options.bar = !context.json() && ProgressLine::CanDraw();
  options.after_sequence = after_sequence;
  options.interrupted = &g_interrupted;
  absl::Status status = FollowCampaign(client, name, options);
  sigaction(SIGINT, &old_action, nullptr);
  if (absl::IsCancelled(status) && g_interrupted) {
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
      ->transform(NonNegativeNumber());
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
