#ifndef ISOSHAPE_COORDINATOR_SERVICES_CAMPAIGN_READS_H_
#define ISOSHAPE_COORDINATOR_SERVICES_CAMPAIGN_READS_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "isoshape/v1/campaign_service.pb.h"
#include "storage/store.h"

namespace isoshape {

// The calls of CampaignService that are answered from the store alone.
// INVALID_ARGUMENT if a name, a page_size or a page_token is malformed;
// NOT_FOUND if there is no such resource; the store's errors.

// Also says why trials wait (WhyTrialsWait), by the first thousand of them and
// the workers that were in contact within `lease_duration`.
absl::StatusOr<v1::Campaign> ReadCampaign(Store& store,
                                          const v1::GetCampaignRequest& request,
                                          absl::Time now,
                                          absl::Duration lease_duration);
absl::StatusOr<v1::ListCampaignsResponse> ReadCampaigns(
    Store& store, const v1::ListCampaignsRequest& request);
absl::StatusOr<v1::Trial> ReadTrial(Store& store,
                                    const v1::GetTrialRequest& request);
absl::StatusOr<v1::ListTrialsResponse> ReadTrials(
    Store& store, const v1::ListTrialsRequest& request);
absl::StatusOr<v1::ListMeasurementsResponse> ReadMeasurements(
    Store& store, const v1::ListMeasurementsRequest& request);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_SERVICES_CAMPAIGN_READS_H_
