#include "coordinator/analysis/campaign_predict.h"

#include <algorithm>
#include <vector>

#include "common/status/status_macros.h"
#include "messages/analysis/prediction_proto.h"
#include "messages/campaign/campaign_space.h"
#include "messages/campaign/tokens_per_step.h"
#include "messages/shape/shape_proto.h"
#include "scaling/predict/predict.h"

namespace isoshape {
namespace {

// The compute that is asked for: the request's, else the campaign's, else one
// beyond the largest budget that is used.
absl::StatusOr<double> TargetOf(const CampaignResults& results,
                                const v1::PredictShapeRequest& request) {
  if (request.target_flops() > 0) return request.target_flops();
  if (results.campaign.target_flops() > 0) {
    return results.campaign.target_flops();
  }
  ISOSHAPE_ASSIGN_OR_RETURN(const Runs used,
                            RunsUpTo(results.runs, request.max_budget_flops()));
  const std::vector<double> levels = used.ComputeLevels();
  return kDefaultReach * *std::max_element(levels.begin(), levels.end());
}

absl::StatusOr<PredictionQuestion> QuestionOf(
    const CampaignResults& results, const v1::PredictShapeRequest& request) {
  ISOSHAPE_ASSIGN_OR_RETURN(
      PredictionQuestion question,
      ToQuestion(request,
                 SpaceOfCampaign(results.campaign, request.max_parameters(),
                                 request.max_memory_bytes())));
  // The tokens of a step depend on the compute.
  ISOSHAPE_ASSIGN_OR_RETURN(const double near, TargetOf(results, request));
  question.candidates.tokens_per_step = TokensPerStepAt(results.campaign, near);
  if (!request.has_run() && request.target_loss() == 0) question.flops = near;
  for (const v1::RankedShape& shape : results.shapes) {
    if (!shape.has_decode_seconds()) continue;
    question.measured.push_back(
        {FromProto(shape.shape()), shape.decode_seconds()});
  }
  return question;
}

}  // namespace

absl::StatusOr<Prediction> PredictionOfResults(
    const CampaignResults& results, const v1::PredictShapeRequest& request) {
  v1::PredictShapeRequest plain = request;
  plain.clear_wait_for_newest();
  const auto made = results.memo->Once<Prediction>(
      "prediction " + plain.SerializeAsString(),
      [&]() -> absl::StatusOr<Prediction> {
        ISOSHAPE_ASSIGN_OR_RETURN(const PredictionQuestion question,
                                  QuestionOf(results, request));
        return Predict(results.runs, question);
      });
  if (!made.ok()) return made.status();
  return **made;
}

absl::StatusOr<v1::PredictShapeResponse> PredictFromResults(
    const CampaignResults& results, const v1::PredictShapeRequest& request) {
  ISOSHAPE_ASSIGN_OR_RETURN(Prediction prediction,
                            PredictionOfResults(results, request));
  ISOSHAPE_ASSIGN_OR_RETURN(const PredictionQuestion question,
                            QuestionOf(results, request));
  // Warnings about the results come before those about the prediction.
  prediction.warnings.insert(prediction.warnings.begin(),
                             results.warnings.begin(), results.warnings.end());
  return ToProto(prediction, question.candidates.tokens_per_step);
}

}  // namespace isoshape
