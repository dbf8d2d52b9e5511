#ifndef ISOSHAPE_TESTS_CLI_FAKE_COORDINATOR_H_
#define ISOSHAPE_TESTS_CLI_FAKE_COORDINATOR_H_

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "isoshape/v1/analysis_service.grpc.pb.h"
#include "isoshape/v1/campaign_service.grpc.pb.h"
#include "isoshape/v1/figure_service.grpc.pb.h"

namespace isoshape {

// A coordinator that answers from what a test put into it, on a port of its
// own. It knows one campaign, `campaigns/c1`, with `trials`; all else is
// NOT_FOUND. Pages have at most two entries. Thread-safe after Start.
class FakeCoordinator final : public v1::CampaignService::Service,
                              public v1::AnalysisService::Service,
                              public v1::FigureService::Service {
 public:
  FakeCoordinator();
  ~FakeCoordinator() override;

  // `127.0.0.1:PORT`.
  const std::string& address() const { return address_; }

  // Set before the first call.
  v1::Campaign campaign;
  std::vector<v1::Trial> trials;
  std::vector<v1::Measurement> measurements;  // of every trial
  std::vector<v1::CampaignEvent> events;
  v1::ListBestShapesResponse best;
  v1::FitLawResponse law;
  v1::PredictShapeResponse prediction;
  v1::Figure figure;  // of every kind
  // If set, draws them instead, one at a time.
  std::function<v1::Figure(const v1::GetFigureRequest&)> draw;
  v1::ListTrialTableResponse table;
  // WatchCampaign ends as UNAVAILABLE after each event, so often.
  int watch_failures = 0;
  // The first of them comes before any event.
  bool fails_before_events = false;
  // WatchCampaign ends only when its caller cancels it.
  bool stream_stays_open = false;
  // This many calls of PauseCampaign are answered by UNAVAILABLE.
  int pause_failures = 0;
  // This many are refused since it is busy; with when to come again, unless
  // that is zero.
  int pause_refusals = 0;
  absl::Duration refusal_delay;
  // GetCampaign sends this process SIGTERM, and is answered when its caller
  // gives up.
  bool hangs = false;

  v1::CreateCampaignRequest last_create();
  v1::FitLawRequest last_law();
  v1::PredictShapeRequest last_predict();
  v1::GetFigureRequest last_figure();
  v1::ListTrialTableRequest last_table();
  std::vector<std::string> pause_request_ids();
  std::vector<int64_t> watched_after();

  grpc::Status CreateCampaign(grpc::ServerContext* context,
                              const v1::CreateCampaignRequest* request,
                              v1::Campaign* response) override;
  grpc::Status GetCampaign(grpc::ServerContext* context,
                           const v1::GetCampaignRequest* request,
                           v1::Campaign* response) override;
  grpc::Status ListCampaigns(grpc::ServerContext* context,
                             const v1::ListCampaignsRequest* request,
                             v1::ListCampaignsResponse* response) override;
  grpc::Status PauseCampaign(grpc::ServerContext* context,
                             const v1::PauseCampaignRequest* request,
                             v1::Campaign* response) override;
  grpc::Status WatchCampaign(
      grpc::ServerContext* context, const v1::WatchCampaignRequest* request,
      grpc::ServerWriter<v1::CampaignEvent>* writer) override;
  grpc::Status GetTrial(grpc::ServerContext* context,
                        const v1::GetTrialRequest* request,
                        v1::Trial* response) override;
  // Adds it to `trials`.
  grpc::Status CreateTrial(grpc::ServerContext* context,
                           const v1::CreateTrialRequest* request,
                           v1::Trial* response) override;
  grpc::Status ListTrials(grpc::ServerContext* context,
                          const v1::ListTrialsRequest* request,
                          v1::ListTrialsResponse* response) override;
  grpc::Status ListMeasurements(
      grpc::ServerContext* context, const v1::ListMeasurementsRequest* request,
      v1::ListMeasurementsResponse* response) override;
  grpc::Status ListBestShapes(grpc::ServerContext* context,
                              const v1::ListBestShapesRequest* request,
                              v1::ListBestShapesResponse* response) override;
  grpc::Status FitLaw(grpc::ServerContext* context,
                      const v1::FitLawRequest* request,
                      v1::FitLawResponse* response) override;
  grpc::Status PredictShape(grpc::ServerContext* context,
                            const v1::PredictShapeRequest* request,
                            v1::PredictShapeResponse* response) override;
  grpc::Status ListTrialTable(grpc::ServerContext* context,
                              const v1::ListTrialTableRequest* request,
                              v1::ListTrialTableResponse* response) override;
  grpc::Status GetFigure(grpc::ServerContext* context,
                         const v1::GetFigureRequest* request,
                         v1::Figure* response) override;

 private:
  grpc::Status Check(const std::string& name) const;

  absl::Mutex mutex_;
  v1::CreateCampaignRequest last_create_ ABSL_GUARDED_BY(mutex_);
  v1::FitLawRequest last_law_ ABSL_GUARDED_BY(mutex_);
  v1::PredictShapeRequest last_predict_ ABSL_GUARDED_BY(mutex_);
  v1::GetFigureRequest last_figure_ ABSL_GUARDED_BY(mutex_);
  v1::ListTrialTableRequest last_table_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> pause_request_ids_ ABSL_GUARDED_BY(mutex_);
  std::vector<int64_t> watched_after_ ABSL_GUARDED_BY(mutex_);
  std::string address_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_CLI_FAKE_COORDINATOR_H_
