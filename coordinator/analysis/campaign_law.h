#ifndef ISOSHAPE_COORDINATOR_ANALYSIS_CAMPAIGN_LAW_H_
#define ISOSHAPE_COORDINATOR_ANALYSIS_CAMPAIGN_LAW_H_

#include "absl/status/statusor.h"
#include "coordinator/analysis/campaign_points.h"
#include "isoshape/v1/analysis_service.pb.h"

namespace isoshape {

// A law of scaling/reports/fit_law.h on a campaign's results, in the service's
// form; on one thread.
//
// INVALID_ARGUMENT where a field is out of range; FAILED_PRECONDITION where the
// trials cannot fix the law, with the reason.
absl::StatusOr<v1::FitLawResponse> FitLawOfResults(
    const CampaignResults& results, const v1::FitLawRequest& request);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_ANALYSIS_CAMPAIGN_LAW_H_
