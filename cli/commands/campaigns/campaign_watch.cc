#include "cli/commands/campaigns/campaign_watch.h"

#include <iostream>
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "cli/commands/campaigns/follow_campaign.h"
#include "cli/commands/commands.h"
#include "cli/console/campaign_reads.h"
#include "cli/console/client.h"
#include "cli/console/command.h"
#include "cli/console/dashboard_link.h"
#include "cli/console/interruption.h"
#include "cli/output/campaign_output.h"
#include "cli/output/format.h"
#include "cli/output/progress.h"
#include "common/status/status_macros.h"
#include "common/text/one_line.h"
#include "messages/json/enum_name.h"
#include "messages/trial/lifecycle.h"

namespace isoshape {
namespace {

struct WatchFlags {
  std::string name;
  std::optional<int64_t> after_sequence;
};

// The sequence of the campaign's newest event.
absl::StatusOr<int64_t> NewestSequence(Client& client,
                                       const std::string& name) {
  v1::ListTrialTableRequest request;
  request.set_parent(name);
  request.set_page_size(1);
  ISOSHAPE_ASSIGN_OR_RETURN(
      const v1::ListTrialTableResponse table,
      client.Call(&Client::CampaignStub::ListTrialTable, request));
  return table.sequence();
}

// `c1 is running, 12/36 trials, about 3e13 FLOPs in all: budget 1e11 …`.
std::string StandLine(const v1::Campaign& campaign) {
  const v1::TrialCounts& counts = campaign.trial_counts();
  return absl::StrCat(
      ShortName(campaign.name()), " is ", EnumName(campaign.state()), ", ",
      EndedTrials(counts), "/", AllTrials(counts), " trials",
      campaign.has_expected_flops()
          ? absl::StrCat(", about ", FormatFlops(campaign.expected_flops()),
                         " FLOPs in all")
          : "",
      campaign.planner_note().empty() ? "" : ": ",
      Printable(campaign.planner_note()));
}

}  // namespace

void WarnOfWaiting(Client& client, const std::string& name) {
  const absl::StatusOr<v1::Campaign> campaign = GetCampaign(client, name);
  if (campaign.ok() && !campaign->waiting().empty()) {
    std::cerr << "isoshape: " << campaign->waiting() << '\n';
  }
}

absl::Status WatchCampaign(const CommandContext& context, Client& client,
                           const std::string& name,
                           std::optional<int64_t> after_sequence) {
  const Interruption interruption;
  FollowOptions options;
  options.out = &std::cout;
  options.err = &std::cerr;
  options.json = context.json();
  options.bar = !context.json() && ProgressLine::CanDraw();
  if (!options.json) SayDashboard(client, name);
  if (!after_sequence.has_value() && !options.json) {
    ISOSHAPE_ASSIGN_OR_RETURN(after_sequence, NewestSequence(client, name));
    if (!options.bar) {
      ISOSHAPE_ASSIGN_OR_RETURN(const v1::Campaign campaign,
                                GetCampaign(client, name));
      std::cout << StandLine(campaign) << '\n' << std::flush;
      options.planner_note = campaign.planner_note();
    }
  }
  options.after_sequence = after_sequence.value_or(0);
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
                   "Only events after this one; 0: from the beginning, as "
                   "with json (default: those to come)")
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
