#ifndef ISOSHAPE_COORDINATOR_CAMPAIGN_FIT_H_
#define ISOSHAPE_COORDINATOR_CAMPAIGN_FIT_H_

#include "absl/status/statusor.h"
#include "coordinator/campaign_points.h"
#include "isoshape/v1/analysis_service.pb.h"

namespace isoshape {

// The fits of scaling/ on a campaign's results, in the service's form. A few
// milliseconds for 1000 resamples of a hundred trials.
//
// INVALID_ARGUMENT where a field is out of range; FAILED_PRECONDITION where the
// trials do not allow the fit, with the reason.
absl::StatusOr<v1::FitCampaignResponse> FitResults(
    const CampaignResults& results, const v1::FitCampaignRequest& request);

// The best shape at a compute, snapped to the campaign's feasible shapes.
// Errors as for FitResults, and FAILED_PRECONDITION where no feasible shape is
// near.
absl::StatusOr<v1::PredictShapeResponse> PredictFromResults(
    const CampaignResults& results, const v1::PredictShapeRequest& request);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_CAMPAIGN_FIT_H_
