#include "coordinator/services/analysis_service.h"

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "common/grpc_status.h"
#include "coordinator/analysis/best_shapes.h"
#include "coordinator/analysis/campaign_law.h"
#include "coordinator/analysis/campaign_predict.h"
#include "coordinator/analysis/describe_shape.h"

namespace isoshape {
namespace {

// The question that a request asks, answered by `compute`.
template <typename Request, typename Response>
AnalysisQuestion MakeQuestion(const Request& request,
                              absl::StatusOr<Response> (*compute)(
                                  const CampaignResults&, const Request&)) {
  AnalysisQuestion question;
  question.campaign = request.campaign();
  question.wait_for_newest = request.wait_for_newest();
  Request plain = request;
  plain.clear_wait_for_newest();
  question.key =
      absl::StrCat(Request::descriptor()->name(), plain.SerializeAsString());
  question.compute = [plain = std::move(plain), compute](
                         const CampaignResults& results) -> AnalysisAnswer {
    absl::StatusOr<Response> response = compute(results, plain);
    if (!response.ok()) return response.status();
    return std::make_shared<const Response>(*std::move(response));
  };
  return question;
}

// One question whether the default law is named or not.
AnalysisQuestion QuestionOfLaw(v1::FitLawRequest request) {
  if (request.law() == v1::FitLawRequest::LAW_UNSPECIFIED) {
    request.set_law(v1::FitLawRequest::LAW_ISOFLOP);
  }
  return MakeQuestion(request, &FitLawOfResults);
}

// Answers the call when the cache answers the question.
template <typename Response>
grpc::ServerUnaryReactor* Answer(AnalysisCache* cache,
                                 const AnalysisQuestion& question,
                                 grpc::CallbackServerContext* context,
                                 Response* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  cache->Ask(question, [reactor, response](const AnalysisAnswer& answer,
                                           const v1::DataBasis& basis) {
    if (answer.ok()) {
      response->CopyFrom(**answer);
      *response->mutable_basis() = basis;
    }
    reactor->Finish(ToGrpcStatus(answer.status()));
  });
  return reactor;
}

}  // namespace

std::vector<AnalysisQuestion> AnalysisService::StandingQuestions(
    const std::string& campaign) {
  v1::FitLawRequest fit;
  fit.set_campaign(campaign);
  return {QuestionOfLaw(fit)};
}

grpc::ServerUnaryReactor* AnalysisService::ListBestShapes(
    grpc::CallbackServerContext* context,
    const v1::ListBestShapesRequest* request,
    v1::ListBestShapesResponse* response) {
  AnalysisQuestion question = MakeQuestion(*request, &RankShapes);
  question.cheap = true;
  return Answer(cache_, question, context, response);
}

grpc::ServerUnaryReactor* AnalysisService::FitLaw(
    grpc::CallbackServerContext* context, const v1::FitLawRequest* request,
    v1::FitLawResponse* response) {
  return Answer(cache_, QuestionOfLaw(*request), context, response);
}

grpc::ServerUnaryReactor* AnalysisService::PredictShape(
    grpc::CallbackServerContext* context,
    const v1::PredictShapeRequest* request,
    v1::PredictShapeResponse* response) {
  return Answer(cache_, MakeQuestion(*request, &PredictFromResults), context,
                response);
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
