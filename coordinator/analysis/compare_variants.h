#ifndef ISOSHAPE_COORDINATOR_ANALYSIS_COMPARE_VARIANTS_H_
#define ISOSHAPE_COORDINATOR_ANALYSIS_COMPARE_VARIANTS_H_

#include "absl/status/statusor.h"
#include "coordinator/analysis/campaign_results.h"
#include "isoshape/v1/analysis_service.pb.h"

namespace isoshape {

// Each variant of a campaign beside the reference, by the trials that differ in
// nothing else. `results` are those of the whole campaign
// (ReadCampaignResults). Of several trials of one shape, budget, seed and
// variant the first that succeeded counts. Errors as CompareVariants of
// AnalysisService.
absl::StatusOr<v1::CompareVariantsResponse> CompareVariantsOfResults(
    const CampaignResults& results, const v1::CompareVariantsRequest& request);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_ANALYSIS_COMPARE_VARIANTS_H_
