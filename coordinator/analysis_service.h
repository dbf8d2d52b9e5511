#ifndef ISOSHAPE_COORDINATOR_ANALYSIS_SERVICE_H_
#define ISOSHAPE_COORDINATOR_ANALYSIS_SERVICE_H_

#include <grpcpp/grpcpp.h>

#include "isoshape/v1/analysis_service.grpc.pb.h"
#include "storage/store.h"

namespace isoshape {

// Answers what the results say, from storage alone: nothing is kept between
// calls, so every answer is as new as the newest commit. Status codes as in
// analysis_service.proto, and NOT_FOUND where the campaign is not there.
//
// Thread-safe. Borrows the store, which must outlive it.
//
//   AnalysisService service(&store);
//   builder.RegisterService(&service);
class AnalysisService final : public v1::AnalysisService::CallbackService {
 public:
  explicit AnalysisService(Store* store) : store_(store) {}

  grpc::ServerUnaryReactor* ListBestShapes(
      grpc::CallbackServerContext* context,
      const v1::ListBestShapesRequest* request,
      v1::ListBestShapesResponse* response) override;
  grpc::ServerUnaryReactor* FitCampaign(
      grpc::CallbackServerContext* context,
      const v1::FitCampaignRequest* request,
      v1::FitCampaignResponse* response) override;
  grpc::ServerUnaryReactor* PredictShape(
      grpc::CallbackServerContext* context,
      const v1::PredictShapeRequest* request,
      v1::PredictShapeResponse* response) override;
  grpc::ServerUnaryReactor* DescribeShape(
      grpc::CallbackServerContext* context,
      const v1::DescribeShapeRequest* request,
      v1::DescribeShapeResponse* response) override;

 private:
  Store* const store_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_ANALYSIS_SERVICE_H_
