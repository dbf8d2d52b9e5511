#ifndef ISOSHAPE_COORDINATOR_ANALYSIS_BEST_SHAPES_H_
#define ISOSHAPE_COORDINATOR_ANALYSIS_BEST_SHAPES_H_

#include "absl/status/statusor.h"
#include "coordinator/analysis/campaign_results.h"
#include "isoshape/v1/analysis_service.pb.h"

namespace isoshape {

// Ranks the measured shapes of each budget by their mean loss over the seeds;
// shapes beyond a limit are passed over before ranks are given.
// INVALID_ARGUMENT if a field is out of range; FAILED_PRECONDITION if no trial
// has succeeded at the budget asked for.
absl::StatusOr<v1::ListBestShapesResponse> RankShapes(
    const CampaignResults& results, const v1::ListBestShapesRequest& request);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_ANALYSIS_BEST_SHAPES_H_
