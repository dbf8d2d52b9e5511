#include "coordinator/services/analysis_service.h"

#include <utility>

#include "absl/status/statusor.h"
#include "common/status/grpc_status.h"
#include "coordinator/analysis/best_shapes.h"
#include "coordinator/analysis/campaign_law.h"
#include "coordinator/analysis/campaign_predict.h"
#include "coordinator/analysis/compare_variants.h"
#include "coordinator/analysis/describe_shape.h"
#include "coordinator/services/cached_call.h"

namespace isoshape {
namespace {

// One question whether the default law is named or not.
AnalysisQuestion QuestionOfLaw(v1::FitLawRequest request) {
  if (request.law() == v1::FitLawRequest::LAW_UNSPECIFIED) {
    request.set_law(v1::FitLawRequest::LAW_ISOFLOP);
  }
  return MakeQuestion(request, &FitLawOfResults);
}

}  // namespace

std::vector<AnalysisQuestion> AnalysisService::StandingQuestions(
    const std::string& campaign) {
  v1::FitLawRequest fit;
  fit.set_campaign(campaign);
  return {QuestionOfLaw(fit)};
}

grpc::ServerUnaryReactor* AnalysisService::ListBestShapes(
    grpc::CallbackServerContext*, const v1::ListBestShapesRequest* request,
    v1::ListBestShapesResponse* response) {
  AnalysisQuestion question = MakeQuestion(*request, &RankShapes);
  question.cheap = true;
  return AnswerFromCache(cache_, question, response);
}

grpc::ServerUnaryReactor* AnalysisService::FitLaw(
    grpc::CallbackServerContext*, const v1::FitLawRequest* request,
    v1::FitLawResponse* response) {
  return AnswerFromCache(cache_, QuestionOfLaw(*request), response);
}

grpc::ServerUnaryReactor* AnalysisService::PredictShape(
    grpc::CallbackServerContext*, const v1::PredictShapeRequest* request,
    v1::PredictShapeResponse* response) {
  return AnswerFromCache(cache_, MakeQuestion(*request, &PredictFromResults),
                         response);
}

grpc::ServerUnaryReactor* AnalysisService::CompareVariants(
    grpc::CallbackServerContext*, const v1::CompareVariantsRequest* request,
    v1::CompareVariantsResponse* response) {
  AnalysisQuestion question = MakeQuestion(*request, &CompareVariantsOfResults);
  question.of_all = true;
  return AnswerFromCache(cache_, question, response);
}

grpc::ServerUnaryReactor* AnalysisService::DescribeShape(
    grpc::CallbackServerContext* context,
    const v1::DescribeShapeRequest* request,
    v1::DescribeShapeResponse* response) {
  absl::StatusOr<v1::DescribeShapeResponse> result =
      isoshape::DescribeShape(*request);
  const grpc::Status status = ToGrpcStatus(result.status());
  if (result.ok()) *response = *std::move(result);
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(status);
  return reactor;
}

}  // namespace isoshape
