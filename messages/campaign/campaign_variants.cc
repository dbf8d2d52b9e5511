#include "messages/campaign/campaign_variants.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/text/nearest_name.h"
#include "common/text/one_line.h"
#include "messages/shape/shape_proto.h"

namespace isoshape {
namespace {

// nullptr for `base` and for a name that there is not.
const v1::Variant* Find(const v1::Campaign& campaign, absl::string_view name) {
  const auto found = std::find_if(
      campaign.variants().begin(), campaign.variants().end(),
      [&](const v1::Variant& variant) { return variant.name() == name; });
  return found == campaign.variants().end() ? nullptr : &*found;
}

const v1::Variant* Find(const v1::Campaign& campaign, const v1::Trial& trial) {
  return campaign.variants().empty() ? nullptr
                                     : Find(campaign, trial.variant());
}

}  // namespace

std::vector<std::string> VariantNames(const v1::Campaign& campaign) {
  std::vector<std::string> names = {kBaseVariant};
  for (const v1::Variant& variant : campaign.variants()) {
    names.push_back(variant.name());
  }
  return names;
}

absl::StatusOr<std::string> FindVariant(const v1::Campaign& campaign,
                                        absl::string_view asked) {
  if (asked.empty() || asked == kBaseVariant ||
      Find(campaign, asked) != nullptr) {
    return asked.empty() ? kBaseVariant : std::string(asked);
  }
  const std::vector<std::string> names = VariantNames(campaign);
  const std::string meant = DidYouMean(asked, names);
  return absl::InvalidArgumentError(absl::StrCat(
      campaign.name(), " has no variant '", OneLine(asked, 100), "'",
      !meant.empty()     ? meant
      : names.size() > 1 ? "; it has " + absl::StrJoin(names, ", ")
                         : ", as it has none but base"));
}

std::string VariantOf(const v1::Trial& trial) {
  return trial.variant().empty() ? kBaseVariant : trial.variant();
}

bool IsBase(const v1::Trial& trial) {
  return trial.variant().empty() || trial.variant() == kBaseVariant;
}

std::string VariantField(const v1::Campaign& campaign,
                         absl::string_view variant) {
  return campaign.variants().empty() ? "" : std::string(variant);
}

v1::Campaign AsVariant(const v1::Campaign& campaign,
                       absl::string_view variant) {
  const v1::Variant* const found = Find(campaign, variant);
  return AsVariant(campaign,
                   found == nullptr ? v1::Variant::default_instance() : *found);
}

v1::Campaign AsVariant(const v1::Campaign& campaign,
                       const v1::Variant& variant) {
  v1::Campaign alone = campaign;
  alone.clear_variants();
  alone.mutable_recipe()->MergeFrom(variant.recipe());
  alone.mutable_space()->mutable_base()->MergeFrom(variant.shape());
  if (!variant.dataset().empty() && variant.dataset() != campaign.dataset()) {
    alone.set_dataset(variant.dataset());
    alone.set_data_fingerprint(variant.data_fingerprint());
  }
  return alone;
}

v1::Shape ShapeInVariant(const v1::Campaign& campaign, const v1::Shape& shape,
                         absl::string_view variant) {
  v1::Shape merged = shape;
  const v1::Variant* const found = Find(campaign, variant);
  if (found != nullptr) merged.MergeFrom(found->shape());
  return merged;
}

v1::Shape ShapeInBase(const v1::Campaign& campaign, const v1::Trial& trial) {
  const v1::Variant* const found = Find(campaign, trial);
  if (found == nullptr) return trial.shape();
  v1::Shape sizes = trial.shape();
  std::vector<const google::protobuf::FieldDescriptor*> replaced;
  found->shape().GetReflection()->ListFields(found->shape(), &replaced);
  for (const auto* field : replaced) {
    sizes.GetReflection()->ClearField(&sizes, field);
  }
  v1::Shape shape = campaign.space().base();
  shape.MergeFrom(sizes);
  return ToProto(FromProto(shape));
}

const std::string& DatasetOf(const v1::Campaign& campaign,
                             const v1::Trial& trial) {
  const v1::Variant* const found = Find(campaign, trial);
  return found == nullptr || found->dataset().empty() ? campaign.dataset()
                                                      : found->dataset();
}

v1::Recipe::Precision PrecisionOf(const v1::Campaign& campaign,
                                  const v1::Trial& trial) {
  const v1::Variant* const found = Find(campaign, trial);
  return found == nullptr || found->recipe().precision() ==
                                 v1::Recipe::PRECISION_UNSPECIFIED
             ? campaign.recipe().precision()
             : found->recipe().precision();
}

const std::string& DataFingerprint(const v1::Campaign& campaign,
                                   const std::string& dataset) {
  if (dataset == campaign.dataset()) return campaign.data_fingerprint();
  for (const v1::Variant& variant : campaign.variants()) {
    if (variant.dataset() == dataset) return variant.data_fingerprint();
  }
  return campaign.data_fingerprint();
}

void SetDataFingerprint(const std::string& dataset,
                        const std::string& fingerprint,
                        v1::Campaign* campaign) {
  if (dataset == campaign->dataset()) {
    campaign->set_data_fingerprint(fingerprint);
  }
  for (v1::Variant& variant : *campaign->mutable_variants()) {
    if (variant.dataset() == dataset && dataset != campaign->dataset()) {
      variant.set_data_fingerprint(fingerprint);
    }
  }
}

}  // namespace isoshape
