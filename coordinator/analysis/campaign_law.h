#ifndef ISOSHAPE_COORDINATOR_ANALYSIS_CAMPAIGN_LAW_H_
#define ISOSHAPE_COORDINATOR_ANALYSIS_CAMPAIGN_LAW_H_

#include "absl/status/statusor.h"
#include "coordinator/analysis/campaign_results.h"
#include "isoshape/v1/analysis_service.pb.h"

namespace isoshape {

// A law of scaling/reports/fit_law.h on a campaign's results, in the service's
// form; on one thread, for the cache decides how many answers are computed at a
// time. The isoFLOP fit takes a tenth of a second for 1000 resamples of 10,000
// trials.
//
// INVALID_ARGUMENT if a field is out of range; FAILED_PRECONDITION if the
// trials cannot fix the law, with the reason.
absl::StatusOr<v1::FitLawResponse> FitLawOfResults(
    const CampaignResults& results, const v1::FitLawRequest& request);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_ANALYSIS_CAMPAIGN_LAW_H_
