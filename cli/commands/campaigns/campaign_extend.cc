#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <iostream>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/commands/commands.h"
#include "cli/console/campaign_reads.h"
#include "cli/console/client.h"
#include "cli/console/command.h"
#include "cli/flags/flag_kinds.h"
#include "cli/output/campaign_output.h"
#include "cli/output/format.h"
#include "cli/output/progress.h"
#include "common/net/request_id.h"
#include "common/status/status_macros.h"
#include "common/text/sorted_unique.h"
#include "isoshape/v1/campaign_service.pb.h"
#include "messages/campaign/algorithm_arm.h"
#include "messages/json/proto_time.h"
#include "messages/trial/lifecycle.h"
#include "messages/trial/measured_points.h"

namespace isoshape {
namespace {

struct ExtendFlags {
  std::string name;
  std::vector<double> budgets;  // to be added
  std::map<std::string, std::string> labels;
  // By the field of whichever algorithm the campaign has: flag and value.
  std::map<std::string, std::pair<std::string, int32_t>> counts;
  v1::UpdateCampaignRequest request;
};

// Sends the request, with `added` to the budgets that there are. Who adds
// others at the same time makes the list one that lacks them, which is refused:
// then it is made anew.
absl::StatusOr<v1::Campaign> Update(Client& client,
                                    const std::vector<double>& added,
                                    v1::UpdateCampaignRequest request) {
  constexpr int kAttempts = 10;
  v1::Campaign& campaign = *request.mutable_campaign();
  absl::StatusOr<v1::Campaign> changed;
  for (int attempt = 1;; ++attempt) {
    if (!added.empty()) {
      ISOSHAPE_ASSIGN_OR_RETURN(const v1::Campaign now,
                                GetCampaign(client, campaign.name()));
      std::vector<double> budgets(now.budgets().begin(), now.budgets().end());
      budgets.insert(budgets.end(), added.begin(), added.end());
      budgets = SortedUnique(std::move(budgets));
      const bool same =
          std::equal(budgets.begin(), budgets.end(), campaign.budgets().begin(),
                     campaign.budgets().end());
      if (attempt > 1 && same) return changed;
      campaign.mutable_budgets()->Assign(budgets.begin(), budgets.end());
    }
    request.set_request_id(NewRequestId());
    changed = client.Call(&Client::CampaignStub::UpdateCampaign, request);
    if (changed.ok() || added.empty() || attempt == kAttempts) return changed;
  }
}

// Whether no trial is expected beside those that there are: the search is done,
// or has proposed all that it ever will.
bool HasProposedAll(const v1::Campaign& campaign,
                    const std::vector<v1::Trial>& trials) {
  if (!campaign.has_expected_flops()) return false;
  double planned = 0;
  for (const v1::Trial& trial : trials) planned += PlannedFlops(trial);
  return FlopsToPropose(campaign, planned) == 0;
}

// What comes later, of a search that goes by what its trials show. The sizes of
// a budget of a grid lie around what the smaller ones tell, so that a new one
// may bring new sizes to those above it.
std::string MoreText(const v1::Campaign& was, const v1::Campaign& is,
                     const std::vector<v1::Trial>& trials,
                     const std::vector<double>& added) {
  if (is.state() != v1::Campaign::RUNNING || HasProposedAll(is, trials)) {
    return "";
  }
  std::vector<std::string> larger;
  for (const double budget : was.budgets()) {
    if (!added.empty() && is.algorithm().has_grid() &&
        !is.algorithm().grid().share_trunks() &&
        budget > *std::min_element(added.begin(), added.end())) {
      larger.push_back(FormatFlops(budget));
    }
  }
  return absl::StrCat(
      "; more may follow as results come",
      larger.empty() ? ""
                     : absl::StrCat(", also at ", absl::StrJoin(larger, ", "),
                                    ", since the sizes of a budget lie "
                                    "around what smaller ones tell"));
}

// `9 trials are added: 7 at 2.7e12 FLOPs, 2 at 9e11; more may …`; `before`
// trials were there.
std::string AddedText(const std::vector<v1::Trial>& trials, size_t before) {
  std::map<double, int> counts;
  for (size_t i = before; i < trials.size(); ++i) {
    ++counts[trials[i].budget_flops()];
  }
  const size_t sum = trials.size() - std::min(before, trials.size());
  return absl::StrCat(
      sum == 0   ? "no trial is added"
      : sum == 1 ? "1 trial is added: "
                 : absl::StrCat(sum, " trials are added: "),
      absl::StrJoin(counts, ", ", [](std::string* out, const auto& entry) {
        absl::StrAppend(out, entry.second, " at ", FormatFlops(entry.first),
                        " FLOPs");
      }));
}

// Tells which trials the change has brought. If that cannot be told, the change
// is made all the same.
void TellAdded(Client& client, const v1::Campaign& was, const v1::Campaign& is,
               const std::vector<double>& added) {
  absl::StatusOr<std::vector<v1::Trial>> trials = ListTrials(client, is.name());
  if (!trials.ok()) {
    std::cerr << "isoshape: " << ShortName(is.name())
              << " is extended; which trials that adds could not be asked: "
              << trials.status().message() << '\n';
    return;
  }
  // Those that were imported are in none of the counts below.
  std::erase_if(*trials,
                [](const v1::Trial& one) { return !IsTrainedHere(one); });
  const auto before = static_cast<size_t>(AllTrials(was.trial_counts()));
  // What the search waits for, or why there is nothing more.
  const bool none = trials->size() <= before && !is.planner_note().empty();
  std::cerr << "isoshape: " << AddedText(*trials, before)
            << (none ? absl::StrCat(": ", is.planner_note()) : "")
            << MoreText(was, is, *trials, added) << '\n';
}

// Whether a change of this field asks for more trials, and not for other words
// or limits.
bool AsksForTrials(const v1::Campaign& campaign, const std::string& path) {
  if (path == "target_flops") return campaign.algorithm().has_optimum();
  return path == "budgets" || path == "seeds" || path == "total_flops" ||
         path.starts_with("algorithm.");
}

// Adds the counts to the request, as fields of the algorithm that the campaign
// has.
absl::Status AddCounts(const v1::Campaign& was, const ExtendFlags& flags,
                       v1::UpdateCampaignRequest& request) {
  const auto* reflection = v1::Algorithm::GetReflection();
  const auto* arm = ArmOf(was.algorithm());
  for (const auto& [field, given] : flags.counts) {
    const auto& [flag, value] = given;
    const auto* found = arm == nullptr ? nullptr : OptionOf(*arm, field);
    if (found == nullptr) {
      return UsageError(absl::StrCat(
          flag, " is of another algorithm than ", ShortName(was.name()),
          " has, ", arm == nullptr ? "none" : arm->name(), "; leave it out"));
    }
    google::protobuf::Message& options = *reflection->MutableMessage(
        request.mutable_campaign()->mutable_algorithm(), arm);
    options.GetReflection()->SetInt32(&options, found, value);
    request.mutable_update_mask()->add_paths(
        absl::StrCat("algorithm.", arm->name(), ".", field));
  }
  return absl::OkStatus();
}

absl::Status Extend(const CommandContext& context, const ExtendFlags& flags) {
  v1::UpdateCampaignRequest request = flags.request;
  auto& mask = *request.mutable_update_mask();
  if (!flags.budgets.empty()) mask.add_paths("budgets");
  // Each by its key: who sets another one at the same time loses nothing.
  for (const auto& [key, value] : flags.labels) {
    mask.add_paths(absl::StrCat("labels.", key));
    // A key without a value takes the label away.
    if (value.empty()) continue;
    (*request.mutable_campaign()->mutable_labels())[key] = value;
  }
  if (mask.paths().empty() && flags.counts.empty()) {
    return UsageError(
        "nothing is to be changed; give --budgets, --seeds, --sizes or another "
        "flag");
  }
  ISOSHAPE_ASSIGN_OR_RETURN(const std::string name,
                            CampaignArgument(flags.name));
  Client client(context.server);
  v1::Campaign& campaign = *request.mutable_campaign();
  campaign.set_name(name);
  ISOSHAPE_ASSIGN_OR_RETURN(const v1::Campaign was, GetCampaign(client, name));
  ISOSHAPE_RETURN_IF_ERROR(AddCounts(was, flags, request));
  ISOSHAPE_ASSIGN_OR_RETURN(const v1::Campaign changed,
                            Update(client, flags.budgets, request));
  if (context.json()) {
    PrintJson(changed);
  } else {
    PrintCampaign(changed, std::cout);
  }
  const auto asks = std::count_if(
      mask.paths().begin(), mask.paths().end(),
      [&](const std::string& path) { return AsksForTrials(was, path); });
  if (asks == 0) return absl::OkStatus();
  // Seeds, sizes and the like are asked for at every budget.
  TellAdded(client, was, changed,
            asks == 1 ? flags.budgets : std::vector<double>());
  return absl::OkStatus();
}

// The campaign of the request, of which the field at `path` is to change.
using Changes = std::function<v1::Campaign&(const char* path)>;

// Adds the flags of counts that may grow.
void AddCountFlags(CLI::App& command, const Changes& changes,
                   ExtendFlags& flags) {
  const auto add_count = [&](const char* name, const char* description,
                             const auto& write) {
    command.add_option_function<int32_t>(name, write, description)
        ->transform(WholeNumber(1, std::numeric_limits<int32_t>::max()));
  };
  const auto add_of_algorithm = [&](const char* name, const char* field,
                                    const char* description) {
    add_count(name, description, [&flags, name, field](int32_t value) {
      flags.counts[field] = {name, value};
    });
  };
  add_count("--seeds", "Seeds of every shape, more than now",
            [changes](int32_t value) { changes("seeds").set_seeds(value); });
  add_of_algorithm("--sizes", "sizes", "Grid: sizes for each budget");
  add_of_algorithm("--aspect-ratios", "aspect_ratios",
                   "Grid: aspect ratios at the best size");
  add_of_algorithm("--trials-per-budget", "trials_per_budget",
                   "Sobol, random, gp, pareto: trials for each budget");
  add_of_algorithm("--drawn-shapes", "shapes",
                   "Asha: shapes drawn at the smallest budget");
  add_of_algorithm("--rounds", "rounds",
                   "Hyperband: how often all brackets are run");
  add_of_algorithm(
      "--in-flight", "in_flight",
      "Optimum, gp, pareto, asha: trials that wait or run at a time");
  add_count("--max-lost-leases", "Lost leases after which a trial fails",
            [changes](int32_t value) {
              changes("max_lost_leases").set_max_lost_leases(value);
            });
}

// Adds the flags of limits, the target and the name.
void AddFieldFlags(CLI::App& command, const Changes& changes) {
  command
      .add_option_function<double>(
          "--total-flops",
          [changes](double value) {
            changes("total_flops").set_total_flops(value);
          },
          "Propose nothing beyond this many FLOPs in all; 0: no limit")
      ->transform(NonNegativeNumber());
  command
      .add_option_function<double>(
          "--target",
          [changes](double value) {
            changes("target_flops").set_target_flops(value);
          },
          "Compute to predict for, FLOPs; optimum searches for it")
      ->transform(PositiveNumber());
  AddLimitFlag(
      command, "--trial-timeout",
      [changes](double seconds) {
        // The path without a value takes the limit away.
        v1::Campaign& campaign = changes("trial_timeout");
        if (seconds == 0) return;
        *campaign.mutable_trial_timeout() = ToProto(absl::Seconds(seconds));
      },
      "Stop and fail a trial that trains for longer; none: no limit");
  command.add_option_function<std::string>(
      "--name",
      [changes](const std::string& value) {
        changes("display_name").set_display_name(value);
      },
      "Display name, free text");
}

}  // namespace

void RegisterCampaignExtend(CLI::App& group, CommandContext& context) {
  CLI::App* command =
      AddCommand(group, "extend",
                 "Ask a campaign for more, or change what it is called; one "
                 "that has ended "
                 "goes on",
                 "isoshape campaign extend c1 --budgets 2.7e12,8.1e12\n"
                 "isoshape campaign extend c1 --seeds 3 --sizes 9\n"
                 "isoshape campaign extend c1 --label owner=ann --label old=");
  const auto flags = std::make_shared<ExtendFlags>();
  command->add_option("campaign", flags->name, "Campaign, such as c1")
      ->required();
  command
      ->add_option("--budgets", flags->budgets,
                   "Budgets to add, FLOPs, above its smallest")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->transform(PositiveNumber());
  const Changes changes = [flags](const char* path) -> v1::Campaign& {
    flags->request.mutable_update_mask()->add_paths(path);
    return *flags->request.mutable_campaign();
  };
  AddCountFlags(*command, changes, *flags);
  AddFieldFlags(*command, changes);
  AddLabelFlag(*command, flags->labels,
               "Set a label; without a value it is taken away");
  AddServerFlags(*command, context);
  command->callback([flags, &context] {
    context.action = [flags, &context] { return Extend(context, *flags); };
  });
}

}  // namespace isoshape
