#ifndef ISOSHAPE_COORDINATOR_SERVICES_FIGURE_SERVICE_H_
#define ISOSHAPE_COORDINATOR_SERVICES_FIGURE_SERVICE_H_

#include <grpcpp/grpcpp.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/threads/clock.h"
#include "coordinator/analysis/analysis_cache.h"
#include "coordinator/analysis/analysis_question.h"
#include "coordinator/services/callers.h"
#include "coordinator/services/read_queue.h"
#include "coordinator/table/table_cache.h"
#include "isoshape/v1/figure_service.grpc.pb.h"
#include "storage/store.h"

namespace isoshape {

// Draws campaigns from the cache that answers questions about them: status
// codes as in figure_service.proto, INVALID_ARGUMENT if the request is not one
// (CheckFigureRequest), and NOT_FOUND if the campaign is not there.
//
// PROGRESS and CURVES do not wait for a result: they are drawn from the store,
// by the threads of the queue.
// Figures of a filter are drawn from the trials in the store that match it, by
// the threads of the cache.
//
// Thread-safe. Borrows what the options name, which must outlive it and every
// call.
class FigureService final : public v1::FigureService::CallbackService {
 public:
  struct Options {
    AnalysisCache* cache = nullptr;
    Store* store = nullptr;
    ReadQueue* reads = nullptr;
    Callers callers{nullptr};
    TableCache* tables = nullptr;  // CURVES, and filters
    Clock* clock = Clock::Real();
  };
  explicit FigureService(const Options& options) : options_(options) {}

  // The questions whose answers are kept ready for every campaign: the isoFLOP
  // curves, the first picture of a page. Their fit is that of
  // AnalysisService's.
  static std::vector<AnalysisQuestion> StandingQuestions(
      const std::string& campaign);

  grpc::ServerUnaryReactor* GetFigure(grpc::CallbackServerContext* context,
                                      const v1::GetFigureRequest* request,
                                      v1::Figure* response) override;

 private:
  absl::StatusOr<v1::Figure> Progress(const v1::GetFigureRequest& request);
  // Finishes the call.
  void Curves(const v1::GetFigureRequest& request, v1::Figure* response,
              grpc::ServerUnaryReactor* reactor);

  const Options options_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_SERVICES_FIGURE_SERVICE_H_
