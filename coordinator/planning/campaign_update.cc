#include "coordinator/planning/campaign_update.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <google/protobuf/util/field_mask_util.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "common/status/status_macros.h"
#include "common/text/one_line.h"
#include "coordinator/planning/campaign_validation.h"
#include "messages/campaign/algorithm_arm.h"
#include "messages/campaign/campaign_space.h"
#include "search/registry.h"

namespace isoshape {
namespace {

using google::protobuf::util::FieldMaskUtil;

// Fields that change nothing of what is asked for, and those that ask for more.
constexpr absl::string_view kTarget = "target_flops";
constexpr std::array<absl::string_view, 6> kPlain = {
    "display_name",  "labels",          kTarget,
    "trial_timeout", "max_lost_leases", "max_lost_machines"};
// One label by its key, so that two people who set different ones at once lose
// none (AIP-161): set to the value of the request, or taken away if it has
// none.
constexpr absl::string_view kLabel = "labels.";
constexpr std::array<absl::string_view, 3> kMore = {"budgets", "seeds",
                                                    "total_flops"};
// Of whichever algorithm has an option of that name: counts, none of which may
// fall, and others.
constexpr std::array<absl::string_view, 5> kCounts = {
    "sizes", "aspect_ratios", "trials_per_budget", "shapes", "rounds"};
constexpr std::array<absl::string_view, 2> kOptions = {"tolerance",
                                                       "in_flight"};

template <typename Values, typename Value>
bool IsIn(const Values& values, const Value& value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

// `algorithm.grid.sizes` and the like: what may be changed of algorithms.
std::vector<std::string> PathsOfAlgorithms() {
  std::vector<std::string> paths;
  for (const auto* arm : AlgorithmArms()) {
    const auto add = [&](absl::string_view name) {
      if (OptionOf(*arm, std::string(name)) == nullptr) return;
      paths.push_back(absl::StrCat("algorithm.", arm->name(), ".", name));
    };
    std::for_each(kCounts.begin(), kCounts.end(), add);
    std::for_each(kOptions.begin(), kOptions.end(), add);
  }
  return paths;
}

bool AsksForMore(const v1::Campaign& campaign, const std::string& path) {
  // Others search for the same whatever the target is.
  if (path == kTarget) return campaign.algorithm().has_optimum();
  return IsIn(kMore, path) || IsIn(PathsOfAlgorithms(), path);
}

// Of an algorithm that the campaign does not have.
bool IsOfAnother(const v1::Campaign& campaign, const std::string& path) {
  if (!absl::StartsWith(path, "algorithm.")) return false;
  const auto* arm = ArmOf(campaign.algorithm());
  return arm == nullptr ||
         !absl::StartsWith(path, absl::StrCat("algorithm.", arm->name(), "."));
}

absl::Status CheckPath(const v1::Campaign& campaign, const std::string& path) {
  if (absl::StartsWith(path, kLabel)) return absl::OkStatus();
  if (!IsIn(kPlain, path) && !AsksForMore(campaign, path)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "update_mask '", OneLine(path, 200),
        "' is no field that can be changed; these can: ", kLabel, "KEY, ",
        absl::StrJoin(kPlain, ", "), ", ", absl::StrJoin(kMore, ", "), ", ",
        absl::StrJoin(PathsOfAlgorithms(), ", ")));
  }
  if (!IsOfAnother(campaign, path)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("update_mask '", path, "' is of another algorithm than ",
                   campaign.name(), " has; leave it out"));
}

absl::Status NotBelow(absl::string_view field, double now, double wanted) {
  if (wanted >= now) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrFormat(
      "%s %g is below %g, and a campaign can only be extended; give %g or more",
      field, wanted, now, now));
}

absl::Status CheckBudgets(const v1::Campaign& now, const v1::Campaign& then) {
  for (const double budget : now.budgets()) {
    if (!IsIn(then.budgets(), budget)) {
      return absl::InvalidArgumentError(absl::StrFormat(
          "budgets lacks %g, which the campaign has; give all that it has and "
          "those to be added",
          budget));
    }
  }
  if (now.budgets().empty() && !then.budgets().empty()) {
    return absl::InvalidArgumentError(
        "budgets cannot be added to a campaign without any, whose batches they "
        "would change; create trials at the budgets that you want");
  }
  if (!then.budgets().empty() && then.budgets(0) < now.budgets(0)) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "budgets %g is below the smallest of the campaign, %g, which its "
        "batches and warmup are based on; add larger ones, or make a new "
        "campaign",
        then.budgets(0), now.budgets(0)));
  }
  return absl::OkStatus();
}

// Nothing is to be compared where an algorithm is missing, or is another: no
// path of the mask leads there.
absl::Status CheckCounts(const v1::Campaign& now, const v1::Campaign& then) {
  const auto* arm = ArmOf(now.algorithm());
  if (arm == nullptr || arm != ArmOf(then.algorithm())) return absl::OkStatus();
  const auto* reflection = v1::Algorithm::GetReflection();
  const auto& options = reflection->GetMessage(now.algorithm(), arm);
  const auto& wanted = reflection->GetMessage(then.algorithm(), arm);
  for (const absl::string_view name : kCounts) {
    const auto* field = OptionOf(*arm, std::string(name));
    if (field == nullptr) continue;
    ISOSHAPE_RETURN_IF_ERROR(
        NotBelow(absl::StrCat("algorithm.", arm->name(), ".", name),
                 options.GetReflection()->GetInt32(options, field),
                 wanted.GetReflection()->GetInt32(wanted, field)));
  }
  return absl::OkStatus();
}

absl::Status CheckOnlyMore(const v1::Campaign& now, const v1::Campaign& then,
                           double planned_flops) {
  ISOSHAPE_RETURN_IF_ERROR(CheckBudgets(now, then));
  ISOSHAPE_RETURN_IF_ERROR(NotBelow("seeds", now.seeds(), then.seeds()));
  ISOSHAPE_RETURN_IF_ERROR(CheckCounts(now, then));
  if (then.total_flops() != now.total_flops() && then.total_flops() > 0 &&
      then.total_flops() < planned_flops) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "total_flops %g is below the %g of the trials that there are; give "
        "that or more, or 0 for no limit",
        then.total_flops(), planned_flops));
  }
  return absl::OkStatus();
}

// Writes what the mask names of `wanted` into `campaign`.
void Merge(const v1::Campaign& wanted, const google::protobuf::FieldMask& mask,
           v1::Campaign* campaign) {
  google::protobuf::FieldMask fields;
  for (const std::string& path : mask.paths()) {
    absl::string_view key = path;
    if (!absl::ConsumePrefix(&key, kLabel)) {
      fields.add_paths(path);
      continue;
    }
    const auto label = wanted.labels().find(std::string(key));
    if (label == wanted.labels().end()) {
      campaign->mutable_labels()->erase(std::string(key));
    } else {
      (*campaign->mutable_labels())[label->first] = label->second;
    }
  }
  FieldMaskUtil::MergeOptions options;
  options.set_replace_message_fields(true);
  options.set_replace_repeated_fields(true);
  FieldMaskUtil::MergeMessageTo(wanted, fields, options, campaign);
}

// The default target follows the largest budget.
void MoveTarget(const v1::Campaign& now, v1::Campaign* then) {
  if (now.target_flops() == DefaultTarget(now) &&
      then->target_flops() == now.target_flops()) {
    then->set_target_flops(DefaultTarget(*then));
  }
}

}  // namespace

absl::StatusOr<CampaignUpdate> UpdatedCampaign(
    const v1::Campaign& current, const v1::Campaign& wanted,
    const google::protobuf::FieldMask& mask, double planned_flops) {
  if (mask.paths().empty()) {
    return absl::InvalidArgumentError(
        "update_mask is empty; name the fields to change, such as seeds");
  }
  for (const std::string& path : mask.paths()) {
    ISOSHAPE_RETURN_IF_ERROR(CheckPath(current, path));
  }
  CampaignUpdate update;
  update.campaign = current;
  Merge(wanted, mask, &update.campaign);
  if (update.campaign.target_flops() == 0) {
    update.campaign.set_target_flops(DefaultTarget(current));
  }
  ISOSHAPE_RETURN_IF_ERROR(
      CheckOnlyMore(current, update.campaign, planned_flops));
  ISOSHAPE_RETURN_IF_ERROR(CheckCampaign(update.campaign));
  MoveTarget(current, &update.campaign);
  std::string moved;
  if (update.campaign.budgets_size() > current.budgets_size()) {
    ISOSHAPE_ASSIGN_OR_RETURN(moved,
                              ExtendAlgorithm(current, &update.campaign));
  }
  update.asks_for_more = std::any_of(
      mask.paths().begin(), mask.paths().end(),
      [&](const std::string& path) { return AsksForMore(current, path); });
  update.message = absl::StrCat("changed: ", absl::StrJoin(mask.paths(), ", "),
                                moved.empty() ? "" : ", and with them ", moved);
  return update;
}

}  // namespace isoshape
