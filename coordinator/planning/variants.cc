#include "coordinator/planning/variants.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "common/status/field_checks.h"
#include "common/status/status_macros.h"
#include "common/text/one_line.h"
#include "coordinator/planning/campaign_defaults.h"
#include "coordinator/planning/planner.h"
#include "coordinator/planning/trunk_sharing.h"
#include "messages/campaign/campaign_recipe.h"
#include "messages/campaign/campaign_variants.h"
#include "messages/names/resource_name.h"
#include "messages/shape/shape_proto.h"
#include "messages/shape/shape_sizes.h"

namespace isoshape {
namespace {

constexpr int kMaxVariants = 50;

absl::Status Refused(const v1::Variant& variant, absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("variant ", OneLine(variant.name(), 100), ": ", why));
}

absl::Status CheckName(const v1::Campaign& campaign, int index) {
  const std::string& name = campaign.variants(index).name();
  ISOSHAPE_RETURN_IF_ERROR(
      CheckId(absl::StrCat("variants[", index, "].name"), name));
  if (name == kBaseVariant) {
    return absl::InvalidArgumentError(
        "variant base is the campaign as it stands and is always there; leave "
        "it out, or give it another name");
  }
  for (int i = 0; i < index; ++i) {
    if (campaign.variants(i).name() != name) continue;
    return absl::InvalidArgumentError(absl::StrCat(
        "variant ", name, " is there twice; give one another name"));
  }
  return absl::OkStatus();
}

absl::Status CheckSizes(const v1::Variant& variant) {
  const v1::Shape& shape = variant.shape();
  const google::protobuf::Descriptor* type = v1::Shape::descriptor();
  for (int i = 0; i < type->field_count(); ++i) {
    const google::protobuf::FieldDescriptor* field = type->field(i);
    if (!IsSize(field->name()) && field->name() != "head_dim") continue;
    const int64_t value = v1::Shape::GetReflection()->GetInt64(shape, field);
    if (value == 0) continue;
    return Refused(variant,
                   absl::StrCat("shape.", field->name(), " ", value,
                                " is not an option: variants train "
                                "the same shapes; leave it out and "
                                "name the shapes in algorithm.listed"));
  }
  return absl::OkStatus();
}

// What a campaign trains its shapes by, equal if two do the same.
std::string Meaning(const v1::Campaign& alone) {
  v1::Shape base = alone.space().base();
  base.set_depth(1);  // so that it is a shape
  return absl::StrCat(alone.dataset(), "\n",
                      ToProto(FromProto(base)).SerializeAsString(), "\n",
                      alone.recipe().SerializeAsString());
}

// The trials of one variant: those of base with its options.
absl::StatusOr<std::vector<v1::Trial>> InVariant(
    const v1::Campaign& campaign, const std::string& variant,
    const std::vector<v1::Trial>& base) {
  const v1::Campaign alone = AsVariant(campaign, variant);
  std::vector<v1::Trial> trials = base;
  for (v1::Trial& trial : trials) {
    trial.set_variant(variant);
    *trial.mutable_shape() = ShapeInVariant(campaign, trial.shape(), variant);
    ISOSHAPE_RETURN_IF_ERROR(FillTrialFigures(alone, &trial));
  }
  return SharesTrunks(alone) ? ShareTrunks(alone, std::move(trials)) : trials;
}

}  // namespace

void FillVariants(const v1::Campaign& asked, v1::Campaign* filled) {
  if (filled->variants_size() > kMaxVariants) return;  // it will be refused
  for (v1::Variant& variant : *filled->mutable_variants()) {
    variant.clear_data_fingerprint();
    v1::Campaign wanted = AsVariant(asked, variant);
    FillCampaignDefaults(&wanted);
    const v1::Campaign now = AsVariant(*filled, variant);
    v1::Recipe& recipe = *variant.mutable_recipe();
    if (wanted.recipe().init_std() != now.recipe().init_std()) {
      recipe.set_init_std(wanted.recipe().init_std());
    }
    if (wanted.recipe().tokens_per_step() != now.recipe().tokens_per_step()) {
      recipe.set_tokens_per_step(wanted.recipe().tokens_per_step());
    }
    if (recipe.ByteSizeLong() == 0) variant.clear_recipe();
    if (wanted.space().base().vocab() != now.space().base().vocab()) {
      variant.mutable_shape()->set_vocab(wanted.space().base().vocab());
    }
  }
}

absl::Status CheckVariants(
    const v1::Campaign& campaign,
    const std::function<absl::Status(const v1::Campaign&)>& check) {
  if (campaign.variants_size() > kMaxVariants) {
    return absl::InvalidArgumentError(
        absl::StrCat("variants has ", campaign.variants_size(),
                     " entries; give at most ", kMaxVariants));
  }
  std::map<std::string, std::string> names = {
      {Meaning(AsVariant(campaign, kBaseVariant)), kBaseVariant}};
  for (int i = 0; i < campaign.variants_size(); ++i) {
    const v1::Variant& variant = campaign.variants(i);
    ISOSHAPE_RETURN_IF_ERROR(CheckName(campaign, i));
    ISOSHAPE_RETURN_IF_ERROR(CheckSizes(variant));
    const v1::Campaign alone = AsVariant(campaign, variant);
    const auto [same, added] = names.emplace(Meaning(alone), variant.name());
    if (!added && same->second == kBaseVariant) {
      return Refused(
          variant,
          "it changes nothing of the campaign; leave it out, or set a field of "
          "recipe, an option of shape or dataset to another value (a number "
          "that is 0 and a bool that is false count as not set)");
    }
    if (!added) {
      return Refused(variant,
                     absl::StrCat("it is the same as variant ", same->second,
                                  "; leave one of them out"));
    }
    if (const absl::Status status = check(alone); !status.ok()) {
      return Refused(variant, status.message());
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<v1::Trial>> CrossWithVariants(
    const v1::Campaign& campaign, std::vector<v1::Trial> base) {
  if (campaign.variants().empty()) {
    return SharesTrunks(campaign) ? ShareTrunks(campaign, std::move(base))
                                  : std::move(base);
  }
  // By what is compared, in the order in which it comes first: trials at
  // several budgets that a trunk may join are of one group.
  std::vector<std::vector<v1::Trial>> groups;
  std::map<std::string, size_t> group_of;
  for (const std::string& variant : VariantNames(campaign)) {
    ISOSHAPE_ASSIGN_OR_RETURN(std::vector<v1::Trial> trials,
                              InVariant(campaign, variant, base));
    for (v1::Trial& trial : trials) {
      const std::string key = absl::StrFormat(
          "%.17g %d %s", SharesTrunks(campaign) ? 0 : trial.budget_flops(),
          trial.seed(), ShapeInBase(campaign, trial).SerializeAsString());
      const auto [it, added] = group_of.emplace(key, groups.size());
      if (added) groups.emplace_back();
      groups[it->second].push_back(std::move(trial));
    }
  }
  std::vector<v1::Trial> crossed;
  for (std::vector<v1::Trial>& group : groups) {
    for (v1::Trial& trial : group) crossed.push_back(std::move(trial));
  }
  return crossed;
}

bool BeginsGroup(const v1::Trial& before, const v1::Trial& trial) {
  return IsBase(trial) && (trial.variant().empty() || !IsBase(before));
}

}  // namespace isoshape
