#ifndef ISOSHAPE_CLI_OUTPUT_CAMPAIGN_OUTPUT_H_
#define ISOSHAPE_CLI_OUTPUT_CAMPAIGN_OUTPUT_H_

#include <cstdint>
#include <ostream>

#include "isoshape/v1/campaign.pb.h"
#include "isoshape/v1/campaign_service.pb.h"

namespace isoshape {

// One campaign, a line for each field, with how many runs were imported into
// it.
void PrintCampaign(const v1::Campaign& campaign, std::ostream& out,
                   int64_t imported = 0);

// Campaigns as a table, in the order of the response.
void PrintCampaigns(const v1::ListCampaignsResponse& campaigns,
                    std::ostream& out);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_OUTPUT_CAMPAIGN_OUTPUT_H_
