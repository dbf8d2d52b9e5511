#ifndef ISOSHAPE_CLI_CONSOLE_CAMPAIGN_OUTPUT_H_
#define ISOSHAPE_CLI_CONSOLE_CAMPAIGN_OUTPUT_H_

#include <cstdint>
#include <ostream>

#include "isoshape/v1/campaign.pb.h"
#include "isoshape/v1/campaign_service.pb.h"

namespace isoshape {

// Trials that have ended, however; and all.
int64_t EndedTrials(const v1::TrialCounts& counts);
int64_t AllTrials(const v1::TrialCounts& counts);

// One campaign, a line for each field.
void PrintCampaign(const v1::Campaign& campaign, std::ostream& out);

// Campaigns as a table, in the order of the response.
void PrintCampaigns(const v1::ListCampaignsResponse& campaigns,
                    std::ostream& out);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_CONSOLE_CAMPAIGN_OUTPUT_H_
