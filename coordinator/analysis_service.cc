#include "coordinator/analysis_service.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/grpc_status.h"
#include "coordinator/best_shapes.h"
#include "coordinator/campaign_fit.h"
#include "coordinator/campaign_points.h"
#include "coordinator/describe_shape.h"

namespace isoshape {
namespace {

// Computes in the handler's thread: every answer takes milliseconds.
template <typename Response>
grpc::ServerUnaryReactor* Finish(grpc::CallbackServerContext* context,
                                 absl::StatusOr<Response> result,
                                 Response* response) {
  if (result.ok()) *response = *std::move(result);
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(ToGrpcStatus(result.status()));
  return reactor;
}

}  // namespace

grpc::ServerUnaryReactor* AnalysisService::ListBestShapes(
    grpc::CallbackServerContext* context,
    const v1::ListBestShapesRequest* request,
    v1::ListBestShapesResponse* response) {
  absl::StatusOr<v1::ListBestShapesResponse> result;
  const auto results = ReadCampaignResults(*store_, request->campaign());
  result = results.ok() ? RankShapes(*results, *request) : results.status();
  return Finish(context, std::move(result), response);
}

grpc::ServerUnaryReactor* AnalysisService::FitCampaign(
    grpc::CallbackServerContext* context, const v1::FitCampaignRequest* request,
    v1::FitCampaignResponse* response) {
  absl::StatusOr<v1::FitCampaignResponse> result;
  const auto results = ReadCampaignResults(*store_, request->campaign());
  result = results.ok() ? FitResults(*results, *request) : results.status();
  return Finish(context, std::move(result), response);
}

grpc::ServerUnaryReactor* AnalysisService::PredictShape(
    grpc::CallbackServerContext* context,
    const v1::PredictShapeRequest* request,
    v1::PredictShapeResponse* response) {
  absl::StatusOr<v1::PredictShapeResponse> result;
  const auto results = ReadCampaignResults(*store_, request->campaign());
  result =
      results.ok() ? PredictFromResults(*results, *request) : results.status();
  return Finish(context, std::move(result), response);
}

grpc::ServerUnaryReactor* AnalysisService::DescribeShape(
    grpc::CallbackServerContext* context,
    const v1::DescribeShapeRequest* request,
    v1::DescribeShapeResponse* response) {
  return Finish(context, isoshape::DescribeShape(*request), response);
}

}  // namespace isoshape
