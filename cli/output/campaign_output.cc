#include "cli/output/campaign_output.h"

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/console/command.h"
#include "cli/output/format.h"
#include "cli/output/shape_options.h"
#include "cli/output/table.h"
#include "common/text/counted.h"
#include "common/text/time_text.h"
#include "messages/campaign/algorithm_arm.h"
#include "messages/json/enum_name.h"
#include "messages/json/proto_json.h"
#include "messages/json/proto_time.h"
#include "messages/shape/shape_proto.h"
#include "messages/trial/lifecycle.h"
#include "shape/shape.h"

namespace isoshape {
namespace {

std::string Budgets(const v1::Campaign& campaign) {
  return absl::StrJoin(campaign.budgets(), ", ",
                       [](std::string* out, double budget) {
                         absl::StrAppend(out, FormatFlops(budget));
                       });
}

std::string Labels(const v1::Campaign& campaign) {
  const std::map<std::string, std::string> sorted(campaign.labels().begin(),
                                                  campaign.labels().end());
  return absl::StrJoin(sorted, ", ", absl::PairFormatter("="));
}

std::string FormatTime(const google::protobuf::Timestamp& time) {
  return LocalText(FromProto(time));
}

// `4x128, 16x64`, of listed shapes.
std::string ListedShapes(const v1::Campaign& campaign) {
  return absl::StrJoin(campaign.algorithm().listed().shapes(), ", ",
                       [](std::string* out, const v1::Shape& shape) {
                         absl::StrAppend(out, ShapeLabel(FromProto(shape)));
                         if (shape.ffn_width() > 0) {
                           absl::StrAppend(out, " (ffn ", shape.ffn_width(),
                                           ")");
                         }
                       });
}

// `no-residual: shape.residual none`.
std::string VariantText(const v1::Variant& variant) {
  std::vector<std::string> changes;
  const nlohmann::ordered_json set_fields = ToJson(variant);
  for (const auto& [name, value] : set_fields.items()) {
    if (name == "recipe" || name == "shape") {
      for (const auto& [field, set] : value.items()) {
        changes.push_back(absl::StrCat(
            name, ".", field, " ",
            set.is_string() ? set.get<std::string>() : set.dump()));
      }
    } else if (name == "dataset") {
      changes.push_back(absl::StrCat("dataset ", variant.dataset()));
    }
  }
  return absl::StrCat(variant.name(), ": ", absl::StrJoin(changes, ", "));
}

// `completep, adamw, wsd, fp32; warmup 5 % of the steps`.
std::string RecipeText(const v1::Recipe& recipe) {
  if (recipe.parameterization() == v1::Recipe::PARAMETERIZATION_UNSPECIFIED) {
    return "";
  }
  return absl::StrCat(
      EnumName(recipe.parameterization()), ", ", EnumName(recipe.optimizer()),
      ", ", EnumName(recipe.schedule()), ", ", EnumName(recipe.precision()),
      "; warmup ", FormatPercent(recipe.warmup_fraction()),
      " of the steps, one at least");
}

// The name of the arm that is set.
std::string AlgorithmName(const v1::Algorithm& algorithm) {
  const auto* arm = ArmOf(algorithm);
  return arm == nullptr ? "" : arm->name();
}

}  // namespace

void PrintCampaigns(const v1::ListCampaignsResponse& campaigns,
                    std::ostream& out) {
  Table table({{"CAMPAIGN"},
               {"STATE"},
               {"ENDED", Table::kRight},
               {"TRIALS", Table::kRight},
               {"LEASED", Table::kRight},
               {"BUDGETS"},
               {"CREATED"},
               {"NAME"}});
  for (const v1::Campaign& campaign : campaigns.campaigns()) {
    const v1::TrialCounts& counts = campaign.trial_counts();
    table.AddRow({ShortName(campaign.name()), EnumName(campaign.state()),
                  absl::StrCat(EndedTrials(counts)),
                  absl::StrCat(AllTrials(counts)),
                  absl::StrCat(counts.leased()), Budgets(campaign),
                  FormatTime(campaign.create_time()), campaign.display_name()});
  }
  table.Print(out);
}

namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

// Its variants, workers that are at fault for it, and its times.
void AddRest(const v1::Campaign& campaign, Fields& fields) {
  for (const v1::Variant& variant : campaign.variants()) {
    fields.emplace_back("variant", VariantText(variant));
  }
  for (const v1::SetAside& aside : campaign.set_aside()) {
    fields.emplace_back(
        "at fault",
        absl::StrCat(ShortName(aside.worker()), ": ", aside.faults(),
                     " in a row", aside.has_until() ? ", set aside" : "", ": ",
                     aside.reason()));
  }
  if (campaign.has_create_time()) {
    fields.emplace_back("created", FormatTime(campaign.create_time()));
  }
  if (campaign.has_end_time()) {
    fields.emplace_back("ended", FormatTime(campaign.end_time()));
  }
}

}  // namespace

void PrintCampaign(const v1::Campaign& campaign, std::ostream& out,
                   int64_t imported) {
  const v1::TrialCounts& counts = campaign.trial_counts();
  const v1::Algorithm& algorithm = campaign.algorithm();
  // One that was only checked has no state, and its trials are what would be
  // proposed first, as the planner's note says.
  const bool stored = campaign.state() != v1::Campaign::STATE_UNSPECIFIED;
  const std::string trials = absl::StrCat(
      AllTrials(counts), ": ", counts.pending(), " pending, ", counts.leased(),
      " leased, ", counts.succeeded(), " succeeded, ", counts.diverged(),
      " diverged, ", counts.stopped(), " stopped, ", counts.failed(),
      " failed, ", counts.cancelled(), " cancelled");
  Fields fields = {
      {"campaign", ShortName(campaign.name())},
      {"display name", campaign.display_name()},
      {"state", stored ? EnumName(campaign.state()) : ""},
      {"trials", stored ? trials : ""},
      {"imported", imported > 0 ? absl::StrCat(Counted(imported, "run"),
                                               ", trained elsewhere")
                                : ""},
      {"budgets (FLOPs)", Budgets(campaign)},
      {"target (FLOPs)",
       campaign.target_flops() > 0 ? FormatFlops(campaign.target_flops()) : ""},
      {"seeds", absl::StrCat(campaign.seeds())},
      {"data", campaign.data_fingerprint().empty()
                   ? campaign.dataset()
                   : absl::StrCat(campaign.dataset(), " (",
                                  campaign.data_fingerprint(), ")")},
      {"labels", Labels(campaign)},
      {"trial timeout",
       campaign.has_trial_timeout()
           ? WrittenDuration(FromProto(campaign.trial_timeout()))
           : ""},
      {"algorithm", AlgorithmName(algorithm)},
      {"shapes", ListedShapes(campaign)},
      {"options", campaign.space().base().norm() == v1::NORM_UNSPECIFIED
                      ? ""
                      : ShapeOptionsText(campaign.space().base())},
      {"recipe", RecipeText(campaign.recipe())},
      {"learning rate", FormatRatio(campaign.recipe().learning_rate())},
      {"tokens per step", absl::StrCat(campaign.recipe().tokens_per_step())},
      {"context", absl::StrCat(campaign.space().base().context())},
      {"vocabulary", FormatInteger(campaign.space().base().vocab())},
      {"head dim", absl::StrCat(campaign.space().base().head_dim())},
      {"expected (FLOPs)", campaign.has_expected_flops()
                               ? FormatFlops(campaign.expected_flops())
                               : ""},
      {"planner", campaign.planner_note()},
      {"missing", campaign.missing()},
      {"waiting", campaign.waiting()}};
  AddRest(campaign, fields);
  std::erase_if(fields, [](const auto& field) { return field.second.empty(); });
  PrintFields(fields, out);
}

}  // namespace isoshape
