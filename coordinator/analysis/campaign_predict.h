#ifndef ISOSHAPE_COORDINATOR_ANALYSIS_CAMPAIGN_PREDICT_H_
#define ISOSHAPE_COORDINATOR_ANALYSIS_CAMPAIGN_PREDICT_H_

#include "absl/status/statusor.h"
#include "coordinator/analysis/campaign_results.h"
#include "isoshape/v1/analysis_service.pb.h"
#include "scaling/predict/predict.h"

namespace isoshape {

// Predict (scaling/predict/predict.h) on a campaign's results, among its
// feasible shapes, in the service's form; on one thread.
//
// INVALID_ARGUMENT if a field is out of range; else Predict's errors.
absl::StatusOr<v1::PredictShapeResponse> PredictFromResults(
    const CampaignResults& results, const v1::PredictShapeRequest& request);

// The prediction as scaling/ has it, without the results' own warnings; made
// once for all who ask of the same results.
absl::StatusOr<Prediction> PredictionOfResults(
    const CampaignResults& results, const v1::PredictShapeRequest& request);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_ANALYSIS_CAMPAIGN_PREDICT_H_
