#ifndef ISOSHAPE_COORDINATOR_ANALYSIS_CAMPAIGN_FIT_H_
#define ISOSHAPE_COORDINATOR_ANALYSIS_CAMPAIGN_FIT_H_

#include <string>

#include "absl/status/statusor.h"
#include "coordinator/analysis/campaign_points.h"
#include "isoshape/v1/analysis_service.pb.h"
#include "scaling/isoflop/isoflop.h"

namespace isoshape {

// The isoFLOP fit of scaling/ on a campaign's results, in the service's form;
// on one thread. A tenth of a second for 1000 resamples of 10,000 trials.
//
// INVALID_ARGUMENT where a field is out of range; FAILED_PRECONDITION where the
// trials do not allow the fit, with the reason.
absl::StatusOr<v1::FitCampaignResponse> FitResults(
    const CampaignResults& results, const v1::FitCampaignRequest& request);

// What a request asks of the fit; INVALID_ARGUMENT as above.
absl::StatusOr<IsoflopOptions> ToIsoflopOptions(
    const v1::FitCampaignRequest& request);

// How its intervals are made, in a few words.
std::string BootstrapMethod(const IsoflopOptions& options);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_ANALYSIS_CAMPAIGN_FIT_H_
