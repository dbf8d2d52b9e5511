#ifndef ISOSHAPE_CLI_DEMO_DEMO_CAMPAIGN_H_
#define ISOSHAPE_CLI_DEMO_DEMO_CAMPAIGN_H_

#include <string>
#include <vector>

#include "cli/demo/demo.h"
#include "isoshape/v1/campaign.pb.h"

namespace isoshape {

// Name of the demo's data in the campaign: `data-` and a hash of the path, so
// that another path is another campaign.
std::string DemoDataset(const std::string& data_path);

// Id of the demo's campaign: the same for the same data and budgets.
std::string DemoCampaignId(const DemoOptions& options);

// The campaign: what fits two CPU cores in minutes, on text as bytes.
v1::Campaign DemoCampaign(const DemoOptions& options);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_DEMO_DEMO_CAMPAIGN_H_
