#ifndef ISOSHAPE_COORDINATOR_SERVICES_FIGURE_SERVICE_H_
#define ISOSHAPE_COORDINATOR_SERVICES_FIGURE_SERVICE_H_

#include <grpcpp/grpcpp.h>

#include "coordinator/analysis/analysis_cache.h"
#include "isoshape/v1/figure_service.grpc.pb.h"

namespace isoshape {

// Draws campaigns from the cache that answers questions about them: status
// codes as in figure_service.proto, INVALID_ARGUMENT if the request is not one
// (CheckFigureRequest), and NOT_FOUND if the campaign is not there.
//
// Thread-safe. Borrows the cache, which must outlive it and every call.
class FigureService final : public v1::FigureService::CallbackService {
 public:
  explicit FigureService(AnalysisCache* cache) : cache_(cache) {}

  grpc::ServerUnaryReactor* GetFigure(grpc::CallbackServerContext* context,
                                      const v1::GetFigureRequest* request,
                                      v1::Figure* response) override;

 private:
  AnalysisCache* const cache_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_SERVICES_FIGURE_SERVICE_H_
