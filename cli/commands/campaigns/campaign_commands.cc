#include <cstdint>
#include <iostream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/commands/commands.h"
#include "cli/console/campaign_reads.h"
#include "cli/console/client.h"
#include "cli/console/command.h"
#include "cli/console/confirm.h"
#include "cli/flags/flag_kinds.h"
#include "cli/output/campaign_output.h"
#include "common/net/request_id.h"
#include "common/status/status_macros.h"
#include "isoshape/v1/campaign_service.pb.h"
#include "messages/json/enum_name.h"

namespace isoshape {
namespace {

// The flags of the subcommands below: the campaign, those of `list`, and
// those of `cancel` and `delete`.
struct VerbFlags {
  std::string name;
  int64_t limit = 0;
  v1::Campaign::State state = v1::Campaign::STATE_UNSPECIFIED;
  std::map<std::string, std::string> labels;
  bool force = false;
  bool yes = false;  // --yes of `cancel` and `delete`
};

absl::Status ShowCampaigns(const CommandContext& context,
                           const VerbFlags& flags) {
  v1::ListCampaignsRequest filter;
  filter.set_state(flags.state);
  filter.mutable_labels()->insert(flags.labels.begin(), flags.labels.end());
  Client client(context.server);
  ISOSHAPE_ASSIGN_OR_RETURN(const v1::ListCampaignsResponse campaigns,
                            ListCampaigns(client, flags.limit, filter));
  if (context.json()) {
    PrintJson(campaigns);
    return absl::OkStatus();
  }
  PrintCampaigns(campaigns, std::cout);
  if (campaigns.campaigns().empty()) {
    std::cerr << (filter.labels().empty() && filter.state() == 0
                      ? "isoshape: there is no campaign yet; 'isoshape "
                        "campaign create' makes one\n"
                      : "isoshape: no campaign has that state and these "
                        "labels\n");
  }
  return absl::OkStatus();
}

// Pause, resume and cancel differ by their method alone.
template <typename Request>
absl::Status ChangeCampaign(const CommandContext& context,
                            const std::string& argument,
                            grpc::Status (Client::CampaignStub::*method)(
                                grpc::ClientContext*, const Request&,
                                v1::Campaign*)) {
  ISOSHAPE_ASSIGN_OR_RETURN(const std::string name, CampaignArgument(argument));
  Client client(context.server);
  Request request;
  request.set_name(name);
  request.set_request_id(NewRequestId());
  ISOSHAPE_ASSIGN_OR_RETURN(const v1::Campaign campaign,
                            client.Call(method, request));
  if (context.json()) {
    PrintJson(campaign);
  } else {
    std::cout << ShortName(name) << " is " << EnumName(campaign.state())
              << '\n';
  }
  return absl::OkStatus();
}

// What is not there needs no decision. Whether a coordinator answers is for the
// call that changes something to find.
absl::Status CheckThere(Client& client, const std::string& name) {
  absl::Status status = GetCampaign(client, name).status();
  return absl::IsNotFound(status) ? std::move(status) : absl::OkStatus();
}

absl::Status CancelCampaign(const CommandContext& context,
                            const VerbFlags& flags) {
  ISOSHAPE_ASSIGN_OR_RETURN(const std::string name,
                            CampaignArgument(flags.name));
  Client client(context.server);
  ISOSHAPE_RETURN_IF_ERROR(CheckThere(client, name));
  ISOSHAPE_RETURN_IF_ERROR(Confirm(
      absl::StrCat("cancel ", ShortName(name),
                   " for good? Trials that wait or run end without a result; "
                   "'isoshape campaign pause' can be undone"),
      flags.yes));
  return ChangeCampaign(context, flags.name,
                        &Client::CampaignStub::CancelCampaign);
}

absl::Status DeleteCampaign(const CommandContext& context,
                            const VerbFlags& flags) {
  ISOSHAPE_ASSIGN_OR_RETURN(const std::string name,
                            CampaignArgument(flags.name));
  Client client(context.server);
  ISOSHAPE_RETURN_IF_ERROR(CheckThere(client, name));
  ISOSHAPE_RETURN_IF_ERROR(
      Confirm(absl::StrCat("delete ", ShortName(name),
                           " with all its trials and measurements?"),
              flags.yes));
  v1::DeleteCampaignRequest request;
  request.set_name(name);
  request.set_request_id(NewRequestId());
  request.set_force(flags.force);
  ISOSHAPE_RETURN_IF_ERROR(
      client.Call(&Client::CampaignStub::DeleteCampaign, request).status());
  if (context.json()) {
    std::cout << nlohmann::ordered_json{{"deleted", name}}.dump(2) << '\n';
  } else {
    std::cout << ShortName(name) << " is deleted\n";
  }
  return absl::OkStatus();
}

absl::Status ShowCampaign(const CommandContext& context,
                          const std::string& argument) {
  ISOSHAPE_ASSIGN_OR_RETURN(const std::string name, CampaignArgument(argument));
  Client client(context.server);
  ISOSHAPE_ASSIGN_OR_RETURN(const v1::Campaign campaign,
                            GetCampaign(client, name));
  if (context.json()) {
    PrintJson(campaign);
  } else {
    ISOSHAPE_ASSIGN_OR_RETURN(const ImportedTrials imported,
                              CountImported(client, name));
    PrintCampaign(campaign, std::cout, imported.count);
  }
  return absl::OkStatus();
}

// A subcommand on one campaign.
CLI::App* AddVerb(CLI::App& parent, CommandContext& context, VerbFlags& flags,
                  const std::string& name, const std::string& description) {
  CLI::App* command = AddCommand(
      parent, name, description,
      absl::StrCat("isoshape campaign ", name, " c1\nisoshape campaign ", name,
                   " c1 --output=json"));
  command->add_option("campaign", flags.name, "Campaign, such as c1")
      ->required();
  AddServerFlags(*command, context);
  return command;
}

void RegisterList(CLI::App& group, CommandContext& context,
                  const std::shared_ptr<VerbFlags>& flags) {
  CLI::App* list = AddCommand(group, "list", "List campaigns, newest first",
                              "isoshape campaign list\n"
                              "isoshape campaign list --limit 5 --output=json\n"
                              "isoshape campaign list --state running --label "
                              "owner=ann");
  list->add_option("--limit", flags->limit, "At most this many (0: all)")
      ->transform(WholeNumber(0));
  AddStateFlag(
      *list, *v1::Campaign::State_descriptor(),
      [flags](int number) {
        flags->state = static_cast<v1::Campaign::State>(number);
      },
      "Only campaigns in this state");
  AddLabelFlag(*list, flags->labels,
               "Only campaigns with this label; without a value, with any");
  AddServerFlags(*list, context);
  list->callback([flags, &context] {
    context.action = [flags, &context] {
      return ShowCampaigns(context, *flags);
    };
  });
}

// Verbs that change the state of a campaign by one call.
void RegisterStateVerbs(CLI::App& group, CommandContext& context,
                        const std::shared_ptr<VerbFlags>& flags) {
  using Stub = Client::CampaignStub;
  AddVerb(group, context, *flags, "pause",
          "Lease nothing new; running trials go on")
      ->callback([flags, &context] {
        context.action = [flags, &context] {
          return ChangeCampaign(context, flags->name, &Stub::PauseCampaign);
        };
      });
  AddVerb(group, context, *flags, "resume", "Go on with a paused campaign")
      ->callback([flags, &context] {
        context.action = [flags, &context] {
          return ChangeCampaign(context, flags->name, &Stub::ResumeCampaign);
        };
      });
  CLI::App* cancel = AddVerb(group, context, *flags, "cancel",
                             "End a campaign for good; its results stay");
  AddYesFlag(*cancel, flags->yes);
  cancel->callback([flags, &context] {
    context.action = [flags, &context] {
      return CancelCampaign(context, *flags);
    };
  });
}

void RegisterDelete(CLI::App& group, CommandContext& context,
                    const std::shared_ptr<VerbFlags>& flags) {
  CLI::App* remove =
      AddVerb(group, context, *flags, "delete",
              "Delete a campaign with all its trials and measurements");
  remove->add_flag("--force", flags->force,
                   "Also one that is running or paused");
  AddYesFlag(*remove, flags->yes);
  remove->callback([flags, &context] {
    context.action = [flags, &context] {
      return DeleteCampaign(context, *flags);
    };
  });
}

}  // namespace

void RegisterCampaignCommands(CLI::App& app, CommandContext& context) {
  CLI::App* group =
      AddCommand(app, "campaign", "Create, watch and steer campaigns",
                 "isoshape campaign create --file campaign.yaml --watch\n"
                 "isoshape campaign list");
  group->require_subcommand(1);
  // Lives as long as the callbacks that hold it.
  const auto flags = std::make_shared<VerbFlags>();

  RegisterCampaignCreate(*group, context);

  RegisterList(*group, context, flags);
  AddVerb(*group, context, *flags, "get", "Show one campaign")
      ->callback([flags, &context] {
        context.action = [flags, &context] {
          return ShowCampaign(context, flags->name);
        };
      });

  RegisterCampaignExtend(*group, context);
  RegisterCampaignWatch(*group, context);

  RegisterStateVerbs(*group, context, flags);
  RegisterDelete(*group, context, flags);
}

}  // namespace isoshape
