#ifndef ISOSHAPE_CLI_CONSOLE_CAMPAIGN_READS_H_
#define ISOSHAPE_CLI_CONSOLE_CAMPAIGN_READS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/console/client.h"
#include "isoshape/v1/campaign.pb.h"
#include "isoshape/v1/campaign_service.pb.h"
#include "isoshape/v1/trial.pb.h"
#include "isoshape/v1/worker_service.pb.h"

namespace isoshape {

// Calls by which commands read a campaign, by resource name (`campaigns/c1`).
// Errors are those of Client::Call.

absl::StatusOr<v1::Campaign> GetCampaign(Client& client,
                                         const std::string& name);

// Creates the campaign of the request, or finds the one of its campaign_id that
// an earlier call created.
absl::StatusOr<v1::Campaign> CreateOrGetCampaign(
    Client& client, const v1::CreateCampaignRequest& request);

// Campaigns, newest first, over all pages; `limit` 0: all. The page token is
// empty if there are no more.
absl::StatusOr<v1::ListCampaignsResponse> ListCampaigns(
    Client& client, int64_t limit, const v1::ListCampaignsRequest& filter = {});

// The imported trials of a campaign, which are in none of its counts.
struct ImportedTrials {
  int64_t count = 0;
  // It has no others, beside checks of predictions: answers rest on these.
  bool alone = false;
};
absl::StatusOr<ImportedTrials> CountImported(Client& client,
                                             const std::string& campaign);

// Workers by name, over all pages.
absl::StatusOr<std::vector<v1::Worker>> ListWorkers(Client& client);

// Trials of a campaign by number, over all pages; `limit` 0: all.
absl::StatusOr<std::vector<v1::Trial>> ListTrials(
    Client& client, const std::string& campaign, int64_t limit = 0,
    v1::Trial::State state = v1::Trial::STATE_UNSPECIFIED,
    const std::string& variant = "");

// The curve of a trial by step, over all pages.
absl::StatusOr<std::vector<v1::Measurement>> ListMeasurements(
    Client& client, const std::string& trial);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_CONSOLE_CAMPAIGN_READS_H_
