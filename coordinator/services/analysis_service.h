#ifndef ISOSHAPE_COORDINATOR_SERVICES_ANALYSIS_SERVICE_H_
#define ISOSHAPE_COORDINATOR_SERVICES_ANALYSIS_SERVICE_H_

#include <grpcpp/grpcpp.h>

#include <string>
#include <vector>

#include "coordinator/analysis/analysis_cache.h"
#include "coordinator/analysis/analysis_question.h"
#include "isoshape/v1/analysis_service.grpc.pb.h"

namespace isoshape {

// Answers questions about results from a cache: status codes as in
// analysis_service.proto, and NOT_FOUND if the campaign is not there.
//
// Thread-safe. Borrows the cache, which must outlive it and every call.
//
//   AnalysisCache cache({.store = store,
//                        .standing = AnalysisService::StandingQuestions});
//   AnalysisService service(&cache);
//   builder.RegisterService(&service);
class AnalysisService final : public v1::AnalysisService::CallbackService {
 public:
  explicit AnalysisService(AnalysisCache* cache) : cache_(cache) {}

  // The questions whose answers are kept ready for every campaign: the isoFLOP
  // fit with all defaults.
  static std::vector<AnalysisQuestion> StandingQuestions(
      const std::string& campaign);

  grpc::ServerUnaryReactor* ListBestShapes(
      grpc::CallbackServerContext* context,
      const v1::ListBestShapesRequest* request,
      v1::ListBestShapesResponse* response) override;
  grpc::ServerUnaryReactor* FitLaw(grpc::CallbackServerContext* context,
                                   const v1::FitLawRequest* request,
                                   v1::FitLawResponse* response) override;
  grpc::ServerUnaryReactor* PredictShape(
      grpc::CallbackServerContext* context,
      const v1::PredictShapeRequest* request,
      v1::PredictShapeResponse* response) override;
  grpc::ServerUnaryReactor* CompareVariants(
      grpc::CallbackServerContext* context,
      const v1::CompareVariantsRequest* request,
      v1::CompareVariantsResponse* response) override;
  grpc::ServerUnaryReactor* DescribeShape(
      grpc::CallbackServerContext* context,
      const v1::DescribeShapeRequest* request,
      v1::DescribeShapeResponse* response) override;

 private:
  AnalysisCache* const cache_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_SERVICES_ANALYSIS_SERVICE_H_
