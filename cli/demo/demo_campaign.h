#ifndef ISOSHAPE_CLI_DEMO_DEMO_CAMPAIGN_H_
#define ISOSHAPE_CLI_DEMO_DEMO_CAMPAIGN_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/console/client.h"
#include "cli/demo/demo.h"
#include "isoshape/v1/analysis_service.pb.h"
#include "isoshape/v1/campaign.pb.h"

namespace isoshape {

// Name of the demo's data in the campaign: `data-` and a hash of the path, so
// that another path is another campaign.
std::string DemoDataset(const std::string& data_path);

// Id of the demo's campaign: the same for the same data and budgets.
std::string DemoCampaignId(const DemoOptions& options);

// The campaign: what fits two CPU cores in minutes, on text as bytes.
v1::Campaign DemoCampaign(const DemoOptions& options);

// Seeds of the shape that checks the prediction.
inline constexpr int64_t kVerificationSeeds = 2;

// Creates the campaign, or finds the one that an earlier call created.
absl::StatusOr<v1::Campaign> EnsureCampaign(Client& client,
                                            const DemoOptions& options);

// Adds the trials that check the prediction, but for those that an earlier call
// added.
absl::Status EnsureVerification(Client& client, const std::string& campaign,
                                const v1::PredictShapeResponse& prediction);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_DEMO_DEMO_CAMPAIGN_H_
