#ifndef ISOSHAPE_MESSAGES_CAMPAIGN_OUTPUT_ONLY_H_
#define ISOSHAPE_MESSAGES_CAMPAIGN_OUTPUT_ONLY_H_

#include "absl/strings/string_view.h"
#include "isoshape/v1/campaign.pb.h"

namespace isoshape {

// Whether that field of a campaign, by its name in the proto, tells what became
// of it, so that what users send in it does not count.
bool IsOutputOnly(absl::string_view field_of_campaign);

// Leaves what is asked for: no field that is output only, those of variants
// included.
void ClearOutputOnly(v1::Campaign* campaign);

}  // namespace isoshape

#endif  // ISOSHAPE_MESSAGES_CAMPAIGN_OUTPUT_ONLY_H_
