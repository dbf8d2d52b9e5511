#include <cstdint>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "cli/commands/campaigns/campaign_watch.h"
#include "cli/commands/campaigns/create_flags.h"
#include "cli/commands/commands.h"
#include "cli/console/campaign_reads.h"
#include "cli/console/client.h"
#include "cli/console/command.h"
#include "cli/console/dashboard_link.h"
#include "cli/console/measured_speed.h"
#include "cli/flags/campaign_file.h"
#include "cli/flags/flag_kinds.h"
#include "cli/output/campaign_output.h"
#include "cli/output/format.h"
#include "common/net/request_id.h"
#include "common/status/status_macros.h"
#include "common/text/counted.h"
#include "isoshape/v1/campaign_service.pb.h"
#include "messages/campaign/algorithm_arm.h"
#include "messages/campaign/campaign_space.h"
#include "messages/campaign/output_only.h"
#include "messages/json/proto_time.h"
#include "messages/names/resource_name.h"

namespace isoshape {
namespace {

absl::Status CheckCombination(const CreateFlags& flags,
                              const v1::Campaign& campaign) {
  const v1::SearchSpace& space = campaign.space();
  if (space.max_depth() > 0 && space.min_depth() > space.max_depth()) {
    return UsageError(absl::StrCat("--min-depth ", space.min_depth(),
                                   " is above --max-depth ", space.max_depth(),
                                   "; exchange them"));
  }
  if (space.max_width() > 0 && space.min_width() > space.max_width()) {
    return UsageError(absl::StrCat("--min-width ", space.min_width(),
                                   " is above --max-width ", space.max_width(),
                                   "; exchange them"));
  }
  const v1::OptimumAlgorithm& optimum = campaign.algorithm().optimum();
  const bool range = optimum.min_budget() > 0 && optimum.max_budget() > 0;
  if (campaign.budgets().empty() && !range &&
      ProposesTrials(campaign.algorithm())) {
    return UsageError(
        "a campaign needs budgets; give --budgets 2.5e11,7.5e11, a range of "
        "them with --budget-range 2.5e11,2.5e13 and --target, or a file with "
        "--file");
  }
  if (flags.range && campaign.target_flops() == 0) {
    return UsageError(absl::StrFormat(
        "--budget-range %g,%g needs a compute whose best shape is asked for; "
        "give --target %g",
        optimum.min_budget(), optimum.max_budget(), 10 * optimum.max_budget()));
  }
  return absl::OkStatus();
}

// What a campaign asks for, without what became of it. A default target is left
// to the new one.
v1::Campaign Asked(v1::Campaign campaign) {
  if (campaign.target_flops() == DefaultTarget(campaign)) {
    campaign.clear_target_flops();
  }
  ClearOutputOnly(&campaign);
  return campaign;
}

// `; it takes about 2e12 FLOPs in all, about 3m10s on the 2 slots …`; empty if
// nobody can tell before.
std::string CostText(Client& client, const v1::Campaign& campaign,
                     double flops) {
  if (flops <= 0) return "";
  std::string text =
      absl::StrCat("; it takes about ", FormatFlops(flops), " FLOPs in all");
  const absl::StatusOr<MeasuredSpeed> speed = SpeedFor(client, campaign);
  if (!speed.ok()) return text;
  if (speed->slots > 0) {
    absl::StrAppend(
        &text, ", about ",
        DurationText(absl::Seconds(flops / speed->flops_per_second)), " on ",
        Counted(speed->slots, "slot"),
        " of the connected workers, as fast as trials were there");
  }
  if (!speed->unmeasured.empty()) {
    absl::StrAppend(&text, "; no trial has measured how fast ",
                    speed->unmeasured, " is");
  }
  return text;
}

// The coordinator checks how a campaign is called and labelled; a wrong one is
// wrong use as a wrong --id is.
absl::StatusOr<v1::Campaign> WrongNameIsWrongUse(
    absl::StatusOr<v1::Campaign> created) {
  if (!absl::IsInvalidArgument(created.status())) return created;
  absl::string_view what = created.status().message();
  if (absl::ConsumePrefix(&what, "display_name")) {
    return UsageError(absl::StrCat("--name", what));
  }
  if (absl::ConsumePrefix(&what, "labels")) {
    return UsageError(absl::StrCat("--label", what));
  }
  return created;
}

absl::Status Create(const CommandContext& context, const CreateFlags& flags) {
  Client client(context.server);
  CampaignFile file;
  if (!flags.file.empty()) {
    ISOSHAPE_ASSIGN_OR_RETURN(file, ReadCampaignFile(flags.file));
  } else if (!flags.like.empty()) {
    ISOSHAPE_ASSIGN_OR_RETURN(const std::string name,
                              CampaignArgument(flags.like));
    ISOSHAPE_ASSIGN_OR_RETURN(v1::Campaign like, GetCampaign(client, name));
    file.campaign = Asked(std::move(like));
  }
  for (const auto& [key, value] : flags.labels) {
    (*file.campaign.mutable_labels())[key] = value;
  }
  if (!flags.id.empty()) {
    if (const absl::Status id = CheckId("--id", flags.id); !id.ok()) {
      return UsageError(id.message());
    }
    file.id = flags.id;
  }
  ISOSHAPE_RETURN_IF_ERROR(
      ChooseAlgorithm(flags, file.campaign.mutable_algorithm()));
  for (const auto& write : flags.overrides) write(file.campaign);
  ISOSHAPE_RETURN_IF_ERROR(AddVariants(flags, &file.campaign));
  ISOSHAPE_RETURN_IF_ERROR(CheckCombination(flags, file.campaign));

  v1::CreateCampaignRequest request;
  *request.mutable_campaign() = file.campaign;
  request.set_campaign_id(file.id);
  request.set_request_id(NewRequestId());
  request.set_validate_only(flags.validate_only);
  ISOSHAPE_ASSIGN_OR_RETURN(
      const v1::Campaign campaign,
      WrongNameIsWrongUse(
          client.Call(&Client::CampaignStub::CreateCampaign, request)));
  if (flags.validate_only) {
    std::cerr << "isoshape: the campaign is valid; nothing was stored"
              << CostText(client, campaign, campaign.expected_flops()) << '\n';
    if (!campaign.waiting().empty()) {
      std::cerr << "isoshape: as of now, " << campaign.waiting() << '\n';
    }
  }
  if (context.json()) {
    PrintJson(campaign);
  } else {
    PrintCampaign(campaign, std::cout);
  }
  if (flags.validate_only) return absl::OkStatus();
  WarnOfWaiting(client, campaign.name());
  if (flags.watch) return WatchCampaign(context, client, campaign.name(), 0);
  std::cerr << "isoshape: follow it with 'isoshape campaign watch "
            << ShortName(campaign.name()) << "'\n";
  SayDashboard(client, campaign.name());
  return absl::OkStatus();
}

void AddSpaceFlags(CLI::App& command, CreateFlags& flags) {
  const auto add = [&](const char* name, const char* description,
                       void (v1::SearchSpace::*set)(int64_t)) {
    AddOverride<int64_t>(command, flags, name, description,
                         [set](v1::Campaign& campaign, int64_t value) {
                           (campaign.mutable_space()->*set)(value);
                         })
        ->transform(WholeNumber(1))
        ->group("Shapes");
  };
  using Space = v1::SearchSpace;
  add("--min-depth", "Minimum depth", &Space::set_min_depth);
  add("--max-depth", "Maximum depth", &Space::set_max_depth);
  add("--min-width", "Minimum width", &Space::set_min_width);
  add("--max-width", "Maximum width", &Space::set_max_width);
  add("--min-tokens", "Minimum training tokens of a trial",
      &Space::set_min_tokens);
  add("--max-parameters", "Maximum parameters of a shape",
      &Space::set_max_parameters);
  add("--max-memory-bytes", "Maximum estimated training memory",
      &Space::set_max_memory_bytes);
  const auto add_base = [&](const char* name, const char* description,
                            void (v1::Shape::*set)(int64_t)) {
    AddOverride<int64_t>(
        command, flags, name, description,
        [set](v1::Campaign& campaign, int64_t value) {
          (campaign.mutable_space()->mutable_base()->*set)(value);
        })
        ->transform(WholeNumber(1))
        ->group("Shapes");
  };
  add_base("--context", "Tokens in one sequence (default 128)",
           &v1::Shape::set_context);
  add_base("--head-dim", "Size of one attention head (default 16)",
           &v1::Shape::set_head_dim);
  add_base("--vocab", "Vocabulary (default 256, bytes)", &v1::Shape::set_vocab);
}

void AddCampaignFields(CLI::App& command, CreateFlags& flags) {
  AddOverride<std::string>(
      command, flags, "--name", "Display name, free text",
      [](v1::Campaign& campaign, const std::string& value) {
        campaign.set_display_name(value);
      });
  AddOverride<std::vector<double>>(
      command, flags, "--budgets",
      "Training FLOPs of one trial, one value for each isoFLOP level",
      [](v1::Campaign& campaign, const std::vector<double>& values) {
        campaign.mutable_budgets()->Assign(values.begin(), values.end());
      })
      ->delimiter(',')
      ->allow_extra_args(false)
      ->transform(PositiveNumber());
  AddOverride<std::string>(
      command, flags, "--data",
      "Name of the data, as workers know it (default text)",
      [](v1::Campaign& campaign, const std::string& value) {
        campaign.set_dataset(value);
      });
  AddOverride<int32_t>(
      command, flags, "--seeds", "Seeds of every shape",
      [](v1::Campaign& campaign, int32_t value) { campaign.set_seeds(value); })
      ->transform(WholeNumber(1, 100));
  AddOverride<double>(command, flags, "--target",
                      "Compute to predict for, FLOPs",
                      [](v1::Campaign& campaign, double value) {
                        campaign.set_target_flops(value);
                      })
      ->transform(PositiveNumber());
  AddOverride<double>(command, flags, "--total-flops",
                      "Propose nothing beyond this many FLOPs in all",
                      [](v1::Campaign& campaign, double value) {
                        campaign.set_total_flops(value);
                      })
      ->transform(PositiveNumber());
  AddLimitFlag(
      command, "--trial-timeout",
      [&flags](double seconds) {
        flags.overrides.push_back([seconds](v1::Campaign& campaign) {
          campaign.clear_trial_timeout();
          if (seconds == 0) return;
          *campaign.mutable_trial_timeout() = ToProto(absl::Seconds(seconds));
        });
      },
      "Stop and fail a trial that trains for longer; none: no limit");
  AddLabelFlag(command, flags.labels, "A label to find it by");
}

void AddRecipeFlags(CLI::App& command, CreateFlags& flags) {
  AddOverride<double>(command, flags, "--learning-rate",
                      "Peak base learning rate (default 0.005)",
                      [](v1::Campaign& campaign, double value) {
                        campaign.mutable_recipe()->set_learning_rate(value);
                      })
      ->transform(PositiveNumber())
      ->group("Recipe");
  AddOverride<int64_t>(command, flags, "--tokens-per-step",
                       "Tokens of one optimizer step (default 2048)",
                       [](v1::Campaign& campaign, int64_t value) {
                         campaign.mutable_recipe()->set_tokens_per_step(value);
                       })
      ->transform(WholeNumber(1))
      ->group("Recipe");
}

// What create and clone have in common.
void AddCreateFlags(CLI::App* command, CommandContext& context,
                    const std::shared_ptr<CreateFlags>& flags) {
  command->add_option("--id", flags->id,
                      "Id of the campaign (default: the server chooses)");
  AddCampaignFields(*command, *flags);
  AddRecipeFlags(*command, *flags);
  AddAlgorithmFlags(*command, *flags);
  AddVariantFlags(*command, *flags);
  AddSpaceFlags(*command, *flags);
  CLI::Option* validate =
      command->add_flag("--validate-only", flags->validate_only,
                        "Say whether it is valid; store nothing");
  command->add_flag("--watch", flags->watch, "Follow it until it ends")
      ->excludes(validate);
  AddServerFlags(*command, context);
  command->callback([flags, &context] {
    context.action = [flags, &context] { return Create(context, *flags); };
  });
}

}  // namespace

void RegisterCampaignCreate(CLI::App& group, CommandContext& context) {
  CLI::App* create = AddCommand(
      group, "create", "Create a campaign from a file, flags, or both",
      "isoshape campaign create --file campaign.yaml --watch\n"
      "isoshape campaign create --id c1 --budgets 2.5e11,7.5e11,2.25e12 "
      "--data text\n"
      "isoshape campaign create --target 1e14 --budget-range 1e11,1e13 "
      "--tolerance 0.2%\n"
      "isoshape campaign create --id mine --algorithm external\n"
      "isoshape campaign create --file campaign.yaml --seeds 3 "
      "--validate-only");
  // Lives as long as the callbacks that hold it.
  const auto flags = std::make_shared<CreateFlags>();
  create
      ->add_option("-f,--file", flags->file,
                   "Campaign file, YAML or JSON; flags override it")
      ->type_name("PATH");
  AddCreateFlags(create, context, flags);

  CLI::App* clone = AddCommand(
      group, "clone", "Create a campaign that asks what another does",
      "isoshape campaign clone c1 --id c2 --learning-rate 0.01\n"
      "isoshape campaign clone c1 --data code --watch");
  const auto like = std::make_shared<CreateFlags>();
  clone->add_option("campaign", like->like, "Campaign to copy, such as c1")
      ->required();
  AddCreateFlags(clone, context, like);
}

}  // namespace isoshape
