#ifndef ISOSHAPE_COORDINATOR_ANALYSIS_CAMPAIGN_PREDICT_H_
#define ISOSHAPE_COORDINATOR_ANALYSIS_CAMPAIGN_PREDICT_H_

#include "absl/status/statusor.h"
#include "coordinator/analysis/campaign_points.h"
#include "isoshape/v1/analysis_service.pb.h"

namespace isoshape {

// The best shape at a compute, among the campaign's feasible shapes: by the law
// of shape where the trials identify it, else by the parametric law at the
// aspect ratios measured best, else along the isoFLOP trend; each step down is
// a warning with its reason. On one thread; some seconds for 10,000 trials.
//
// INVALID_ARGUMENT where a field is out of range; FAILED_PRECONDITION where the
// trials allow none of them, no feasible shape is near, or a limit of latency
// has too few measured shapes to rest on.
absl::StatusOr<v1::PredictShapeResponse> PredictFromResults(
    const CampaignResults& results, const v1::PredictShapeRequest& request);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_ANALYSIS_CAMPAIGN_PREDICT_H_
