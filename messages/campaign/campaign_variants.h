#ifndef ISOSHAPE_MESSAGES_CAMPAIGN_CAMPAIGN_VARIANTS_H_
#define ISOSHAPE_MESSAGES_CAMPAIGN_CAMPAIGN_VARIANTS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "isoshape/v1/campaign.pb.h"
#include "isoshape/v1/trial.pb.h"

namespace isoshape {

// The variants that a campaign crosses its shapes with (Campaign.variants). The
// campaign as it stands is one of them, `base`, which all campaigns have.
inline constexpr char kBaseVariant[] = "base";

// `base` first, then the others in their order.
std::vector<std::string> VariantNames(const v1::Campaign& campaign);

// The variant that `asked` names, `base` if it is empty. INVALID_ARGUMENT if
// the campaign has none of that name: it lists them, or says which was meant.
absl::StatusOr<std::string> FindVariant(const v1::Campaign& campaign,
                                        absl::string_view asked);

// The variant of a trial; `base` if it names none.
std::string VariantOf(const v1::Trial& trial);
bool IsBase(const v1::Trial& trial);

// What Trial.variant of a campaign's trial is: empty if it has no variants.
std::string VariantField(const v1::Campaign& campaign,
                         absl::string_view variant);

// The campaign as it would be if it were this variant alone: its recipe,
// options of shapes, dataset and content of the data. Everything that follows
// from a campaign and one of its trials follows from this. An unknown name is
// `base`.
v1::Campaign AsVariant(const v1::Campaign& campaign, absl::string_view variant);
v1::Campaign AsVariant(const v1::Campaign& campaign,
                       const v1::Variant& variant);

// A shape that `base` trains, with the options of the variant; and back.
v1::Shape ShapeInVariant(const v1::Campaign& campaign, const v1::Shape& shape,
                         absl::string_view variant);
v1::Shape ShapeInBase(const v1::Campaign& campaign, const v1::Trial& trial);

// What a trial is trained on, without a copy of the campaign.
const std::string& DatasetOf(const v1::Campaign& campaign,
                             const v1::Trial& trial);
v1::Recipe::Precision PrecisionOf(const v1::Campaign& campaign,
                                  const v1::Trial& trial);

// The content of a dataset as the campaign's first result on it said; empty if
// there is none yet. Setting it sets it for all variants on that dataset.
const std::string& DataFingerprint(const v1::Campaign& campaign,
                                   const std::string& dataset);
void SetDataFingerprint(const std::string& dataset,
                        const std::string& fingerprint, v1::Campaign* campaign);

}  // namespace isoshape

#endif  // ISOSHAPE_MESSAGES_CAMPAIGN_CAMPAIGN_VARIANTS_H_
