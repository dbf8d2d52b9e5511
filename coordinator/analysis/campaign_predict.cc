#include "coordinator/analysis/campaign_predict.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_format.h"
#include "common/status_macros.h"
#include "coordinator/analysis/shape_limits.h"
#include "messages/campaign_space.h"
#include "messages/law_proto.h"
#include "messages/prediction_proto.h"
#include "messages/shape_proto.h"
#include "scaling/predict/predict.h"

namespace isoshape {
namespace {

constexpr int kDefaultChoices = 5;
constexpr int kMaxChoices = 100;
// The compute to predict for if neither request nor campaign gives one, as a
// multiple of the largest budget.
constexpr double kDefaultReach = 3;

absl::Status CheckRequest(const v1::PredictShapeRequest& request) {
  if (!(std::isfinite(request.target_flops()) && request.target_flops() >= 0)) {
    return absl::InvalidArgumentError(
        absl::StrFormat("target_flops %g is not a finite number >= 0; 0 stands "
                        "for the campaign's",
                        request.target_flops()));
  }
  ISOSHAPE_RETURN_IF_ERROR(CheckLimits(request));
  if (request.choices() < 0 || request.choices() > kMaxChoices) {
    return absl::InvalidArgumentError(
        absl::StrFormat("choices %d is outside 1..%d; 0 stands for %d",
                        request.choices(), kMaxChoices, kDefaultChoices));
  }
  return absl::OkStatus();
}

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
  return kDefaultReach *
         *std::max_element(used.budget.begin(), used.budget.end());
}

absl::StatusOr<PredictionQuestion> QuestionOf(
    const CampaignResults& results, const v1::PredictShapeRequest& request) {
  PredictionQuestion question;
  ISOSHAPE_ASSIGN_OR_RETURN(question.fit, ToSharedOptions(request));
  // The tokens of a step depend on the compute.
  ISOSHAPE_ASSIGN_OR_RETURN(const double near, TargetOf(results, request));
  question.flops = request.has_run() || request.target_loss() != 0
                       ? request.target_flops()
                       : near;
  if (request.law() != v1::FitLawRequest::LAW_UNSPECIFIED) {
    ISOSHAPE_ASSIGN_OR_RETURN(question.law, FromProto(request.law()));
  }
  question.candidates = {
      .space = SpaceOfCampaign(results.campaign, request.max_parameters(),
                               request.max_memory_bytes()),
      .tokens_per_step = TokensPerStepAt(results.campaign, near),
      .max_decode_seconds = request.max_decode_seconds()};
  for (const v1::RankedShape& shape : results.shapes) {
    if (!shape.has_decode_seconds()) continue;
    question.measured.push_back(
        {FromProto(shape.shape()), shape.decode_seconds()});
  }
  question.limited = request.max_parameters() > 0 ||
                     request.max_memory_bytes() > 0 ||
                     request.max_decode_seconds() > 0;
  question.anyway = request.anyway();
  question.advise = request.advise() ? kAdvisedRuns : 0;
  question.serve_tokens = request.serve_tokens();
  SetTargetLoss(request, question);
  if (request.tokens_per_size() != 0) {
    question.tokens_per_size = request.tokens_per_size();
  }
  if (request.corpus_tokens() != 0) {
    question.fit.corpus_tokens = request.corpus_tokens();
  }
  if (request.has_run()) question.run = FromProto(request.run());
  question.choices =
      request.choices() == 0 ? kDefaultChoices : request.choices();
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
        ISOSHAPE_RETURN_IF_ERROR(CheckRequest(request));
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
